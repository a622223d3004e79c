#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class Workflow : public CliTest {
 protected:
  [[nodiscard]] std::string train(const std::string& options = "") const {
    const ProgramResult result =
        dem("train --data-path data --dataset AwA --save-ckpt out --epoch-size 3 --batch-size 50 "
            "--learning-rate 1e-3 --interval-step 4 " +
            options);
    EXPECT_EQ(result.status, 0) << options << "\n" << result.err;
    return result.out;
  }
};

double number_after(const std::string& text, const std::string& start) {
  const std::size_t at = text.find(start);
  return at == std::string::npos ? -1.0 : std::atof(text.c_str() + at + start.size());
}

TEST_F(Workflow, TrainingPrintsTheReferencesLinesAndLeavesAModelFolder) {
  make_data();
  const std::string out = train();
  EXPECT_EQ(out.rfind("============== Starting Training ==============\n", 0), 0u) << out;
  // 400 images in batches of 50: 8 steps an epoch, a loss line every 4.
  EXPECT_EQ(lines_starting_with(out, "epoch: 1 step: 4, loss is "), 1) << out;
  EXPECT_EQ(lines_starting_with(out, "epoch: 3 step: 8, loss is "), 1) << out;
  EXPECT_EQ(lines_starting_with(out, "epoch: 2 accuracy = "), 1) << out;
  EXPECT_NE(out.find("ms/step\n"), std::string::npos) << out;
  EXPECT_EQ(lines_starting_with(out, "total time: "), 1) << out;
  for (const char* file :
       {"model.safetensors", "train.ckpt", "last.safetensors", "summary.json", "log.jsonl"}) {
    EXPECT_TRUE(fs::exists(folder_ / (std::string("out/") + file))) << file;
  }
  const auto summary = nlohmann::json::parse(read_file(folder_ / "out/summary.json"));
  EXPECT_EQ(summary["recipe"]["name"], "mindspore");
  EXPECT_EQ(summary["summary"]["steps"], 24);
  // Six interval lines and three epochs.
  const std::string log = read_file(folder_ / "out/log.jsonl");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 9) << log;
}

TEST_F(Workflow, FolderModelFileAndBareCheckpointEvaluateAlike) {
  make_data();
  static_cast<void>(train());
  const std::string arguments = "eval --data-path data --dataset AwA --save-ckpt out";
  const ProgramResult folder = dem(arguments);
  ASSERT_EQ(folder.status, 0) << folder.err;
  EXPECT_EQ(folder.out.rfind("============== Starting Evaluating ==============\n"
                             "accuracy _ AwA _ att = ",
                             0),
            0u)
      << folder.out;
  const double accuracy = number_after(folder.out, "att = ");
  EXPECT_GT(accuracy, 0.0);
  for (const char* file : {"/model.safetensors", "/train.ckpt"}) {
    const ProgramResult result = dem(arguments + file);
    ASSERT_EQ(result.status, 0) << file << result.err;
    EXPECT_EQ(number_after(result.out, "att = "), accuracy) << file;
  }
}

TEST_F(Workflow, EveryModeTrainsAndEvaluates) {
  make_data();
  for (const char* mode : {"att", "word", "fusion"}) {
    static_cast<void>(train(std::string("--train-mode ") + mode));
    const ProgramResult result = dem("eval --data-path data --dataset AwA --save-ckpt out");
    EXPECT_EQ(result.status, 0) << mode << result.err;
    EXPECT_NE(result.out.find(std::string("accuracy _ AwA _ ") + mode), std::string::npos);
  }
}

TEST_F(Workflow, JsonIsOneObjectAndNothingElseOnStdout) {
  make_data("--layout gbu --dataset SYN");
  const ProgramResult trained =
      dem("train --data-path data --dataset SYN --save-ckpt out --epoch-size 2 --json");
  ASSERT_EQ(trained.status, 0) << trained.err;
  const ProgramResult evaluated = dem("eval --data-path data --dataset SYN --save-ckpt out --json");
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  for (const std::string& text : {trained.out, evaluated.out}) {
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json["dataset"], "SYN");
    EXPECT_EQ(json["layout"], "gbu");
    EXPECT_EQ(json["recipe"], "gbu");
    EXPECT_EQ(json["selection"], "last");
    for (const char* metric : {"accuracy", "T1", "U", "S", "H", "N1_skewness"}) {
      EXPECT_TRUE(json["metrics"].contains(metric)) << metric << text;
    }
  }
  EXPECT_EQ(trained.out, evaluated.out);
}

TEST_F(Workflow, QuietTrainingKeepsStderrEmpty) {
  make_data();
  const ProgramResult result =
      dem("train --data-path data --dataset AwA --save-ckpt out --epoch-size 1 --quiet");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
}

TEST_F(Workflow, ValidationSelectionNamesItselfAndUsesNoTestRow) {
  make_data("--layout gbu --dataset SYN");
  const ProgramResult result =
      dem("train --data-path data --dataset SYN --save-ckpt out --epoch-size 4 --select val "
          "--evaluation-interval 0");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("selection: val"), std::string::npos) << result.out;
  EXPECT_NE(result.err.find("held-out seen classes"), std::string::npos) << result.err;
}

TEST_F(Workflow, WithoutAPassingEpochTheLastOneIsKeptWithAWarning) {
  make_data("--noise 30");  // images say nothing: no epoch beats 0.5
  const ProgramResult result =
      dem("train --data-path data --dataset AwA --save-ckpt out --epoch-size 2 --batch-size 50");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("no epoch's test accuracy beat 0.5"), std::string::npos) << result.err;
  EXPECT_NE(result.out.find("selection: last (epoch 2)"), std::string::npos) << result.out;
}

TEST_F(Workflow, TheSameSeedGivesTheSameModelWithAnyNumberOfThreads) {
  make_data();
  static_cast<void>(train("--threads 1"));
  const std::string weights = read_file(folder_ / "out/train.ckpt");
  static_cast<void>(train("--threads 3"));
  EXPECT_EQ(read_file(folder_ / "out/train.ckpt"), weights);
  static_cast<void>(train("--seed 7"));
  EXPECT_NE(read_file(folder_ / "out/train.ckpt"), weights);
}

TEST_F(Workflow, InitStartsFromTheGivenWeights) {
  make_data();
  static_cast<void>(train("--select last"));
  const std::string weights = read_file(folder_ / "out/train.ckpt");
  const ProgramResult result =
      dem("train --data-path data --dataset AwA --save-ckpt out2 --epoch-size 1 --batch-size 50 "
          "--learning-rate 1e-30 --select last --init out/train.ckpt");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(read_file(folder_ / "out2/train.ckpt"), weights);
}

TEST_F(Workflow, InspectShowsEveryFileOfAModelFolderAndADataset) {
  make_data();
  static_cast<void>(train());
  const struct {
    const char* file;
    const char* shown;
  } cases[] = {{"out/model.safetensors", "fc1.weight"},
               {"out/last.safetensors", "moment1"},
               {"out/train.ckpt", "fc2.bias"},
               {"data/AwA_data/train_googlenet_bn.mat", "train_googlenet_bn"},
               {"data/AwA_data/attribute/Z_s_con.mat", "Z_s_con"}};
  for (const auto& [file, shown] : cases) {
    const ProgramResult text = dem(std::string("inspect ") + file);
    EXPECT_EQ(text.status, 0) << file << text.err;
    EXPECT_NE(text.out.find(shown), std::string::npos) << file << text.out;
    const ProgramResult json = dem(std::string("inspect --json ") + file);
    EXPECT_TRUE(nlohmann::json::parse(json.out).is_object()) << file;
  }
}

TEST_F(Workflow, ExamplesAndPerClassNameTheClasses) {
  make_data();
  static_cast<void>(train());
  const ProgramResult result =
      dem("eval --data-path data --dataset AwA --save-ckpt out --examples 3 --per-class");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(lines_starting_with(result.out, "  row "), 3) << result.out;
  EXPECT_NE(result.out.find("\tunseen\t"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace dem::test
