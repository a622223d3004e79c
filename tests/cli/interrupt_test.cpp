#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class Interrupt : public CliTest {
 protected:
  // Without other options 150 epochs of 20 steps: more epoch lines than the pipe of a signalled run
  // holds, by far.
  [[nodiscard]] static std::string command(const std::string& out, const std::string& more = "") {
    std::string text = "exec " + kProgram +
                       " train --dataset AwA --batch-size 20 --learning-rate 1e-3 "
                       "--interval-step 1000 --save-ckpt " +
                       out + " " + more;
    if (more.find("--data-path") == std::string::npos) text += " --data-path data";
    if (more.find("--epoch-size") == std::string::npos) text += " --epoch-size 150";
    return text;
  }
  [[nodiscard]] ProgramResult train(const std::string& out, const std::string& more = "") const {
    return run(command(out, more), folder_.path());
  }
  [[nodiscard]] ProgramResult train_until(const SignalAfter& when,
                                          const std::string& out,
                                          const std::string& more = "") const {
    return run(command(out, more), folder_.path(), when);
  }
  // The lines of a log, without the times that they say.
  [[nodiscard]] std::vector<std::string> log_of(const std::string& out) const {
    std::vector<std::string> lines;
    std::istringstream log(read_file(folder_ / (out + "/log.jsonl")));
    for (std::string line; std::getline(log, line);) {
      auto json = nlohmann::json::parse(line);
      json.erase("seconds");
      lines.push_back(json.dump());
    }
    return lines;
  }
  // As if never stopped: weights, optimiser state and model agree to the byte, and the log in all
  // but times.
  void expect_same_run(const std::string& a, const std::string& b) const {
    for (const char* file : {"/train.ckpt", "/last.safetensors", "/model.safetensors"}) {
      EXPECT_EQ(read_file(folder_ / (a + file)), read_file(folder_ / (b + file))) << file;
    }
    EXPECT_EQ(log_of(a), log_of(b));
    EXPECT_EQ(log_of(a).size(), 153u);  // 150 epochs, and every 1000th of 3000 steps
  }
};

TEST_F(Interrupt, CtrlCSavesAndResumeContinuesBitForBit) {
  make_data();
  ASSERT_EQ(train("whole").status, 0);
  const ProgramResult stopped = train_until({SIGINT, "epoch: ", 20}, "parts");
  ASSERT_EQ(stopped.status, 130) << stopped.err;
  EXPECT_NE(stopped.err.find("--resume"), std::string::npos) << stopped.err;
  EXPECT_FALSE(fs::exists(folder_ / "parts/summary.json"));
  const ProgramResult again = train("parts", "--resume");
  ASSERT_EQ(again.status, 0) << again.err;
  expect_same_run("whole", "parts");
}

// The solver has no state to go on from: it writes when it is done.
TEST_F(Interrupt, CtrlCOfTheSolverLeavesTheModelThatWasThere) {
  make_data();
  ASSERT_EQ(train("out", "--epoch-size 2").status, 0);
  std::map<std::string, std::string> before;
  for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
    before[entry.path().filename()] = read_file(entry.path());
  }
  const ProgramResult stopped =
      train_until({SIGINT, "iteration: ", 20},
                  "out",
                  "--epoch-size 2 --solver statistics --solver-method adam "
                  "--tolerance 1e-300 --max-steps 100000 --evaluation-interval 1");
  EXPECT_EQ(stopped.status, 5) << stopped.err;
  EXPECT_NE(stopped.err.find("nothing was written"), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find("and 120 seconds"), std::string::npos) << stopped.err;
  std::map<std::string, std::string> after;
  for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
    after[entry.path().filename()] = read_file(entry.path());
  }
  EXPECT_EQ(after, before);
}

// The model goes into a pipe, so that the interrupt comes while it is being written.
TEST_F(Interrupt, OneThatComesWhileTheModelIsWrittenWaitsForIt) {
  ASSERT_EQ(dem("synth --output wide --num-train-images 400 --num-test-images 100 "
                "--num-seen-classes 8 --num-unseen-classes 4 --attribute-dim 100 --word-dim 20 "
                "--feature-dim 400 --layout gbu --dataset SYN")
                .status,
            0);
  for (const char* recipe : {"--recipe ridge", "--recipe gbu --solver statistics --max-steps 3"}) {
    const ProgramResult result = run(
        "rm -rf out && mkdir out && mkfifo out/model.safetensors && echo old > out/summary.json && "
        "{ " +
            kProgram + " train --data-path wide --dataset SYN --save-ckpt out " + recipe +
            " 2> err & pid=$!; } && exec 3< out/model.safetensors && kill -TERM $pid && sleep 0.3 "
            "&& { grep -c old out/summary.json; cat <&3 > model.safetensors; wait $pid; }",
        folder_.path());
    EXPECT_EQ(result.status, 130) << recipe << read_file(folder_ / "err");
    EXPECT_NE(result.err.find("summary.json"), std::string::npos)
        << recipe << ": the old summary is gone before the new model is there" << result.err;
    EXPECT_NE(read_file(folder_ / "err").find("the model is written and whole"), std::string::npos);
    EXPECT_NE(read_file(folder_ / "out/summary.json").find("\"recipe\""), std::string::npos);
    EXPECT_EQ(dem("eval --data-path wide --dataset SYN --save-ckpt model.safetensors").status, 0);
    for (const auto& entry : fs::directory_iterator(folder_ / "out")) {
      EXPECT_EQ(entry.path().string().find(".tmp."), std::string::npos) << entry.path();
    }
  }
}

// Nothing of a run that could not be written stays, and what was there does.
TEST_F(Interrupt, AModelThatCannotBeWrittenLeavesTheFolderAsItWas) {
  ASSERT_EQ(dem("synth --output wide --num-train-images 400 --num-test-images 100 "
                "--num-seen-classes 8 --num-unseen-classes 4 --attribute-dim 100 --word-dim 20 "
                "--feature-dim 400 --layout gbu --dataset SYN")
                .status,
            0);
  const std::string train =
      "exec " + kProgram + " train --data-path wide --dataset SYN --recipe ridge --save-ckpt ";
  const auto on_full_disk = [&](const std::string& out) {
    return run("ulimit -f 16; " + train + out, folder_.path());
  };
  EXPECT_EQ(on_full_disk("new/model").status, 3);
  EXPECT_FALSE(fs::exists(folder_ / "new"));
  ASSERT_EQ(run(train + "out", folder_.path()).status, 0);
  const std::string model = read_file(folder_ / "out/model.safetensors");
  const std::string summary = read_file(folder_ / "out/summary.json");
  EXPECT_EQ(on_full_disk("out").status, 3);
  EXPECT_EQ(read_file(folder_ / "out/model.safetensors"), model);
  EXPECT_EQ(read_file(folder_ / "out/summary.json"), summary);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "out"), fs::directory_iterator{}), 2);
  const ProgramResult early = run(train + "/proc/x", folder_.path());
  EXPECT_EQ(early.status, 3);
  EXPECT_NE(early.err.find("/proc/x: cannot be written to"), std::string::npos) << early.err;
  EXPECT_EQ(early.err.find("learning from"), std::string::npos) << early.err;
}

// With the model there, an interrupt says so.
TEST_F(Interrupt, OneAfterTheModelIsWrittenSaysThatItIsThere) {
  make_data("--layout gbu --dataset SYN");
  const ProgramResult result = run(
      "exec " + kProgram + " train --data-path data --dataset SYN --recipe ridge --save-ckpt out",
      folder_.path(),
      {SIGINT, "total time", 1});
  EXPECT_TRUE(result.status == 130 || result.status == 0) << result.status << result.err;
  if (result.status == 130) {
    EXPECT_NE(result.err.find("the model is written and whole"), std::string::npos) << result.err;
  }
  EXPECT_TRUE(fs::exists(folder_ / "out/summary.json"));
  EXPECT_EQ(dem("eval --data-path data --dataset SYN --save-ckpt out").status, 0);
}

// A billion steps: said once, after a second, beside the lines that scripts read.
TEST_F(Interrupt, ALongRunSaysHowLongItWillTake) {
  make_data();
  const std::string rest = kProgram +
                           " train --data-path data --dataset AwA --recipe tensorflow "
                           "--max-steps 1000000000 "
                           "--save-ckpt out ";
  const ProgramResult result = run("timeout -s INT 6 " + rest, folder_.path());
  EXPECT_EQ(lines_starting_with(result.err, "dem: recipe tensorflow will take about "), 1)
      << result.err;
  EXPECT_NE(result.err.find(" a second; --recipe "), std::string::npos) << result.err;
  EXPECT_EQ(result.out.find("will take"), std::string::npos) << result.out;
  const ProgramResult quiet = run("timeout -s INT 3 " + rest + "--quiet", folder_.path());
  EXPECT_EQ(quiet.err.find("will take"), std::string::npos) << quiet.err;
}

TEST_F(Interrupt, ResumeContinuesBitForBitAfterAKill) {
  make_data();
  ASSERT_EQ(train("whole").status, 0);
  ASSERT_EQ(train_until({SIGKILL, "epoch: ", 20}, "parts", "--save-seconds 0").status,
            128 + SIGKILL);
  // What is there in between is a whole, readable model.
  EXPECT_EQ(dem("eval --data-path data --dataset AwA --save-ckpt parts").status, 0);
  const ProgramResult again = train("parts", "--resume");
  ASSERT_EQ(again.status, 0) << again.err;
  expect_same_run("whole", "parts");
}

// The folder holds a run with another seed. The new run is killed long before its first saving on
// the way, and it is the new run that is resumed.
TEST_F(Interrupt, AKillBeforeTheFirstSavingLeavesTheNewRunToResume) {
  make_data();
  ASSERT_EQ(train("whole").status, 0);
  ASSERT_EQ(train("parts", "--seed 7 --max-steps 40").status, 0);
  ASSERT_TRUE(fs::exists(folder_ / "parts/summary.json"));
  ASSERT_EQ(train_until({SIGKILL, "epoch: ", 1}, "parts", "--save-seconds 1000").status,
            128 + SIGKILL);
  EXPECT_FALSE(fs::exists(folder_ / "parts/summary.json"));
  EXPECT_EQ(train("parts", "--resume --seed 7").status, 2);
  const ProgramResult again = train("parts", "--resume");
  ASSERT_EQ(again.status, 0) << again.err;
  expect_same_run("whole", "parts");
}

TEST_F(Interrupt, ResumeRefusesAnotherRecipeSeedDatasetOrDealing) {
  make_data("--seed 8");
  fs::rename(folder_ / "data", folder_ / "other");
  make_data();
  ASSERT_EQ(train("out", "--max-steps 40").status, 0);
  const struct {
    const char* change;
    int status;
    const char* named;
  } cases[] = {{"--seed 5", 2, "seed"},
               {"--beta1 0.5", 2, "recipe"},
               {"--data-path other", 2, "data fingerprint"},
               {"--shuffle-classes 3", 2, "shuffle_classes"},
               {"--train-mode word", 3, "expected"}};
  for (const auto& [change, status, named] : cases) {
    const ProgramResult result = train("out", std::string("--resume ") + change);
    EXPECT_EQ(result.status, status) << change << "\n" << result.err;
    EXPECT_NE(result.err.find("out/last.safetensors"), std::string::npos) << change << result.err;
    EXPECT_NE(result.err.find(named), std::string::npos) << change << result.err;
    EXPECT_EQ(result.out, "") << change;
  }
}

TEST_F(Interrupt, ResumeOfAMissingFolderDoesNotMakeIt) {
  make_data();
  const ProgramResult missing = train("nowhere", "--resume");
  EXPECT_EQ(missing.status, 3) << missing.err;
  EXPECT_NE(missing.err.find("nowhere"), std::string::npos) << missing.err;
  EXPECT_FALSE(fs::exists(folder_ / "nowhere"));
}

TEST_F(Interrupt, AFinishedRunCanBeMadeLonger) {
  make_data();
  ASSERT_EQ(train("whole", "--epoch-size 6").status, 0);
  ASSERT_EQ(train("parts", "--epoch-size 2").status, 0);
  ASSERT_EQ(train("parts", "--epoch-size 6 --resume").status, 0);
  EXPECT_EQ(read_file(folder_ / "whole/train.ckpt"), read_file(folder_ / "parts/train.ckpt"));
}

}  // namespace
}  // namespace dem::test
