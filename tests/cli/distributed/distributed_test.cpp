// The program under mpirun.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "cli/cli_fixture.h"
#include "dem/exchange/model_file.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrain =
    " train --data-path data --dataset AwA --learning-rate 1e-3 --interval-step 50 --quiet ";

class Distributed : public CliTest {
 protected:
  void SetUp() override { make_data(); }

  // `dem` in so many processes; a run that hangs ends with status 124.
  [[nodiscard]] ProgramResult ranks(int count, const std::string& arguments) const {
    return mpirun("-n " + std::to_string(count) + " " + kProgram + " " + arguments);
  }
  [[nodiscard]] ProgramResult mpirun(const std::string& arguments) const {
    return run(std::string(DEM_MPI_ENVIRONMENT) + " timeout 120 " + DEM_MPIEXEC + " " + arguments,
               folder_.path());
  }
  [[nodiscard]] std::string bytes(const std::string& name) const {
    return read_file(folder_ / name);
  }
  [[nodiscard]] Model model(const std::string& out) const {
    return load_model(folder_ / (out + "/model.safetensors"));
  }
  // Of the weights, relative to those of `a`.
  [[nodiscard]] double distance(const std::string& a, const std::string& b) const {
    const Model one = model(a);
    const Model other = model(b);
    const auto x = one.class_map.network()->parameters();
    const auto y = other.class_map.network()->parameters();
    double difference = 0.0;
    double norm = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      difference += (double{x[i]} - double{y[i]}) * (double{x[i]} - double{y[i]});
      norm += double{x[i]} * double{x[i]};
    }
    return std::sqrt(difference / norm);
  }
};

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(Distributed, OneRankIsNoMpiToTheBit) {
  const std::string arguments = std::string(kTrain) + "--batch-size 20 --epoch-size 15 ";
  ASSERT_EQ(dem(arguments + "--save-ckpt alone").status, 0);
  const ProgramResult one = ranks(1, arguments + "--distribute --save-ckpt one");
  ASSERT_EQ(one.status, 0) << one.err;
  for (const char* file : {"/train.ckpt", "/model.safetensors", "/last.safetensors"}) {
    EXPECT_EQ(bytes(std::string("alone") + file), bytes(std::string("one") + file)) << file;
  }
}

TEST_F(Distributed, RanksTrainAsOneProcessWithTheirBatchesTogether) {
  ASSERT_EQ(dem(std::string(kTrain) + "--epoch-size 20 --batch-size 24 --save-ckpt alone").status,
            0);
  for (const char* exchange : {"gradients", "statistics"}) {
    const ProgramResult two = ranks(2,
                                    std::string(kTrain) +
                                        "--epoch-size 20 --batch-size 12 --distribute "
                                        "--device-num 2 --save-ckpt two --exchange " +
                                        exchange);
    ASSERT_EQ(two.status, 0) << two.err;
    EXPECT_EQ(count_of(two.out, "Starting Training"), 1) << two.out;
    EXPECT_LT(distance("alone", "two"), 1e-2) << exchange;
  }
  EXPECT_TRUE(fs::exists(folder_ / "two/auto_parallel-20_16.ckpt"));
  const ProgramResult read =
      dem("eval --data-path data --dataset AwA --save-ckpt two/auto_parallel-20_16.ckpt --quiet");
  EXPECT_EQ(read.status, 0) << read.err;
}

TEST_F(Distributed, TheReferencesLearningRateGrowsUnlessOneIsGiven) {
  const std::string arguments =
      "train --data-path data --dataset AwA --distribute --batch-size 10 --epoch-size 1 "
      "--save-ckpt out";
  const auto rate = [&](int count, const std::string& more) {
    EXPECT_EQ(ranks(count, arguments + more).status, 0);
    return nlohmann::json::parse(bytes("out/summary.json"))["recipe"]["learning_rate"]
        .get<double>();
  };
  EXPECT_DOUBLE_EQ(rate(1, ""), 1e-5);
  EXPECT_DOUBLE_EQ(rate(2, ""), 5e-5);
  EXPECT_DOUBLE_EQ(rate(2, " --learning-rate 1e-5"), 1e-5);
}

// Products of other numbers of rows, as each process has them, may differ in float32's last bits.
std::string to_six_places(const std::string& text) {
  return std::regex_replace(text, std::regex("([.][0-9]{6})[0-9]+"), "$1");
}

TEST_F(Distributed, EvaluateAndPredictAsOneProcess) {
  ASSERT_EQ(dem(std::string(kTrain) + "--batch-size 20 --epoch-size 10 --save-ckpt out").status, 0);
  const std::string eval = "eval --data-path data --dataset AwA --save-ckpt out --json --per-class";
  const std::string predict =
      "predict --model out --input data/AwA_data/test_googlenet_bn.mat --topk 3 --output ";
  const ProgramResult one = dem(eval);
  ASSERT_EQ(one.status, 0) << one.err;
  ASSERT_EQ(dem(predict + "one.csv").status, 0);
  for (const int count : {2, 3}) {
    const ProgramResult several = ranks(count, eval);
    EXPECT_EQ(several.status, 0) << several.err;
    EXPECT_EQ(to_six_places(several.out), to_six_places(one.out));
    const ProgramResult predicted = ranks(count, predict + "several.csv");
    EXPECT_EQ(predicted.status, 0) << predicted.err;
    EXPECT_EQ(bytes("several.csv"), bytes("one.csv"));
  }
}

// One node lacks the data.
TEST_F(Distributed, AMissingFileOfOneRankEndsAllWithItsMessageAndStatus) {
  const std::string more = " --distribute --save-ckpt out";
  const std::string good = kProgram + kTrain + more;
  std::string bad = good;
  bad.replace(bad.find("--data-path data"), 16, "--data-path nowhere");
  const ProgramResult result = mpirun("-n 1 " + good + " : -n 1 " + bad);
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(count_of(result.err, "dem: "), 1) << result.err;
  EXPECT_NE(result.err.find("dem: rank 1 of 2: data path: expected a folder, got \"nowhere\""),
            std::string::npos)
      << result.err;
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Distributed, ALossThatIsNotFiniteEndsAllWithOneMessage) {
  const ProgramResult result =
      ranks(2,
            "train --data-path data --dataset AwA --distribute --quiet --learning-rate 1e30 "
            "--save-ckpt out");
  EXPECT_EQ(result.status, 4);
  EXPECT_EQ(count_of(result.err, "dem: "), 1) << result.err;
  EXPECT_NE(result.err.find("is not finite"), std::string::npos) << result.err;
}

// A node has an outdated copy of the data, or another command line.
TEST_F(Distributed, RanksWithOtherDataOrOptionsEndAll) {
  ASSERT_EQ(dem(std::string(kSynthetic) + "--output other --noise 5").status, 0);
  const std::string good = kProgram + kTrain + "--distribute --epoch-size 3 --save-ckpt out ";
  const struct {
    std::string bad;
    int status;
    const char* message;
  } cases[] = {
      {good + "--data-path other", 2, "rank 1 of 2: data fingerprint: expected that of rank 0"},
      {good + "--epoch-size 2", 2, "rank 1 of 2: recipe: expected that of rank 0"},
      {good + "--seed 7", 2, "rank 1 of 2: options: expected that of rank 0"},
      {good + "--bogus", 2, "rank 1 of 2:"},
  };
  for (const auto& c : cases) {
    const ProgramResult result = mpirun("-n 1 " + good + " : -n 1 " + c.bad);
    EXPECT_EQ(result.status, c.status) << c.bad << '\n' << result.err;
    EXPECT_EQ(count_of(result.err, "dem: "), 1) << result.err;
    EXPECT_NE(result.err.find(c.message), std::string::npos) << result.err;
    EXPECT_FALSE(fs::exists(folder_ / "out"));
  }
}

TEST_F(Distributed, ModelsThatDifferBetweenRanksEndAll) {
  for (const char* seed : {"1", "2"}) {
    ASSERT_EQ(
        dem(std::string(kTrain) + "--max-steps 5 --save-ckpt m" + seed + " --seed " + seed).status,
        0);
  }
  const std::string eval = kProgram + " eval --data-path data --dataset AwA --quiet --save-ckpt ";
  const std::string predict =
      kProgram + " predict --input data/AwA_data/test_googlenet_bn.mat --output p.csv --model ";
  for (const std::string& command : {eval, predict}) {
    const ProgramResult result = mpirun("-n 1 " + command + "m1 : -n 1 " + command + "m2");
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_NE(result.err.find("expected that of rank 0"), std::string::npos) << result.err;
  }
  EXPECT_FALSE(fs::exists(folder_ / "p.csv"));
}

TEST_F(Distributed, AFreshRunRemovesNoCheckpointThatItHasNotWritten) {
  fs::create_directories(folder_ / "out");
  std::ofstream(folder_ / "out/auto_parallel-130_91.ckpt") << "somebody's";
  ASSERT_EQ(ranks(2, std::string(kTrain) + "--distribute --epoch-size 2 --save-ckpt out").status,
            0);
  EXPECT_EQ(bytes("out/auto_parallel-130_91.ckpt"), "somebody's");
}

TEST_F(Distributed, RankZeroAlonePrintsAlsoBesideJson) {
  const ProgramResult result =
      ranks(2,
            "train --data-path data --dataset AwA --distribute --epoch-size 2 --json "
            "--save-ckpt out");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(count_of(result.err, "Starting Training"), 1) << result.err;
  EXPECT_EQ(count_of(result.err, "epoch: 2 "), 1) << result.err;
  EXPECT_TRUE(nlohmann::json::accept(result.out)) << result.out;
}

TEST_F(Distributed, HelpIsPrintedOnceAndATypoIsSaid) {
  const ProgramResult help = ranks(2, "--help");
  EXPECT_EQ(help.status, 0) << help.err;
  EXPECT_EQ(count_of(help.out, "Usage:"), 1) << help.out;
  const ProgramResult typo = ranks(2, "tarin");
  EXPECT_EQ(typo.status, 2);
  EXPECT_EQ(count_of(typo.err, "tarin"), 1) << typo.err;
  EXPECT_EQ(typo.err.find("expected one process"), std::string::npos) << typo.err;
}

// Rank 1 is killed in the middle of training.
TEST_F(Distributed, AKilledRankEndsTheJobAndResumeGoesOn) {
  const std::string arguments =
      std::string(kTrain) + "--distribute --epoch-size 150 --batch-size 10 --save-seconds 0 ";
  ASSERT_EQ(ranks(2, arguments + "--save-ckpt whole").status, 0);
  std::ofstream(folder_ / "killed.sh")
      << kProgram << arguments << "--save-ckpt parts &\n"
      << "program=$!\n"
      << "until test -e parts/auto_parallel-9_20.ckpt; do sleep 0.01; done\n"
      << "kill -KILL $program; wait $program\n";
  const ProgramResult killed =
      mpirun("-n 1 " + kProgram + arguments + "--save-ckpt parts : -n 1 sh killed.sh");
  EXPECT_NE(killed.status, 0);
  EXPECT_NE(killed.status, 124) << "it hung";
  ASSERT_TRUE(fs::exists(folder_ / "parts/last.safetensors"));
  EXPECT_FALSE(fs::exists(folder_ / "parts/summary.json")) << "it ended before it was killed";
  fs::copy(folder_ / "parts", folder_ / "other");

  const ProgramResult again = ranks(2, arguments + "--resume --save-ckpt parts");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(bytes("parts/train.ckpt"), bytes("whole/train.ckpt"));
  EXPECT_EQ(bytes("parts/last.safetensors"), bytes("whole/last.safetensors"));

  std::string of_four = arguments;
  of_four.replace(of_four.find("--batch-size 10"), 15, "--batch-size 5");
  of_four.erase(of_four.find("--quiet"), 7);
  const ProgramResult four = ranks(4, of_four + "--resume --save-ckpt other");
  ASSERT_EQ(four.status, 0) << four.err;
  EXPECT_EQ(count_of(four.err, "was saved by 2 ranks and goes on with 4"), 1) << four.err;
  EXPECT_LT(distance("whole", "other"), 5e-2);
}

TEST_F(Distributed, WhatCannotBeIsSaidOnce) {
  const struct {
    const char* arguments;
    int status;
    const char* message;
  } cases[] = {
      {"train --data-path data --dataset AwA", 2, "expected --distribute"},
      {"train --data-path data --dataset AwA --distribute --device-num 3", 2, "--device-num"},
      {"train --data-path data --dataset AwA --distribute maybe", 2, "--distribute: expected True"},
      {"train --data-pth data --distribute", 2, "--data-pth"},
      {"convert a b", 2, "dem convert: expected one process"},
      {"eval --data-path data --dataset AwA --save-ckpt nowhere", 3, "nowhere"},
      {"predict --model nowhere --input nothing.csv", 3, "nowhere"},
      {"train --data-path data --dataset AwA --distribute --threads -3", 2, "-3"},
      {"train --data-path data --dataset AwA --distribute --batch-size 9223372036854775807",
       2,
       "batch_size: expected one that 2 processes"},
  };
  for (const auto& c : cases) {
    const ProgramResult result = ranks(2, c.arguments);
    EXPECT_EQ(result.status, c.status) << c.arguments << '\n' << result.err;
    EXPECT_EQ(count_of(result.err, "dem: "), 1) << c.arguments << '\n' << result.err;
    EXPECT_NE(result.err.find(c.message), std::string::npos) << c.arguments << '\n' << result.err;
    EXPECT_EQ(result.err.find("dem: rank"), std::string::npos) << result.err;
    EXPECT_EQ(result.out.find("Starting"), std::string::npos) << result.out;
  }
}

// A run's batch is that of all its processes, --batch-size that of one.
TEST_F(Distributed, ASummaryDoesNotSayTheBatchOfOneProcess) {
  ASSERT_EQ(dem(std::string(kTrain) + "--epoch-size 1 --save-ckpt one").status, 0);
  const std::string again = std::string(kTrain) + "--distribute --settings one/summary.json";
  const ProgramResult refused = ranks(2, again + " --save-ckpt two");
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("expected --batch-size with it"), std::string::npos) << refused.err;
  const ProgramResult taken = ranks(2, again + " --batch-size 50 --save-ckpt two");
  ASSERT_EQ(taken.status, 0) << taken.err;
  const auto recipe = [&](const std::string& folder) {
    return nlohmann::json::parse(read_file(folder_ / (folder + "/summary.json")))["recipe"];
  };
  EXPECT_EQ(recipe("two").dump(), recipe("one").dump());
}

TEST_F(Distributed, AFileThatRankZeroCannotWriteEndsAll) {
  fs::create_directories(folder_ / "out/last.safetensors/in the way");
  const ProgramResult result =
      ranks(2, std::string(kTrain) + "--distribute --epoch-size 2 --save-ckpt out");
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(count_of(result.err, "dem: "), 1) << result.err;
  EXPECT_NE(result.err.find("rank 0 of 2: out/last.safetensors"), std::string::npos) << result.err;
}

TEST_F(Distributed, RanksThatMeetOverTcpTrainAlike) {
  const std::string arguments =
      std::string(kTrain) + "--distribute --epoch-size 5 --batch-size 10 --save-ckpt ";
  ASSERT_EQ(ranks(2, arguments + "memory").status, 0);
  const ProgramResult tcp = mpirun("--mca btl tcp,self --mca pml ob1 --host localhost:2 -n 2 " +
                                   kProgram + arguments + "tcp");
  ASSERT_EQ(tcp.status, 0) << tcp.err;
  EXPECT_LT(distance("memory", "tcp"), 1e-4);
}

}  // namespace
}  // namespace dem::test
