#include <cstdlib>
#include <filesystem>
#include <fstream>
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

// An evaluation alone tells what gamma would have been best on the test images.
void expect_same_scores(const std::string& trained, const std::string& evaluated) {
  EXPECT_FALSE(nlohmann::ordered_json::parse(trained)["metrics"].contains("oracle"));
  auto json = nlohmann::ordered_json::parse(evaluated);
  if (json["metrics"].contains("AUSUC")) {
    EXPECT_EQ(json["metrics"].erase("oracle"), 1u) << evaluated;
  }
  EXPECT_EQ(json.dump(2) + "\n", trained);
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

// Classes of 20 samples each that lie around three times their attributes; the last two are unseen.
void write_table(const TemporaryFolder& folder) {
  fs::create_directories(folder / "data/TOY");
  std::ofstream features(folder / "data/TOY/features.csv"), labels(folder / "data/TOY/labels.csv");
  std::ofstream classes(folder / "data/TOY/classes.csv"), split(folder / "data/TOY/split.csv");
  classes << "name,legs,wings,tail\n";
  split << "class,part\n";
  for (int c = 0; c < 8; ++c) {
    const int bits[] = {c & 1, c >> 1 & 1, c >> 2 & 1};
    const std::string name = "animal " + std::to_string(c);
    classes << name << ',' << bits[0] << ',' << bits[1] << ',' << bits[2] << '\n';
    split << name << (c < 6 ? ",seen\n" : ",unseen\n");
    for (int i = 0; i < 20; ++i) {
      labels << name << '\n';
      for (int d = 0; d < 6; ++d)
        features << (d > 0 ? "," : "") << 3 * bits[d % 3] + 0.01 * (i % 7);
      features << '\n';
    }
  }
}

TEST_F(Workflow, ATableFolderTrainsEvaluatesAndGivesStatistics) {
  write_table(folder_);
  const std::string data = " --data-path data --dataset TOY ";
  const ProgramResult trained = dem("train --save-ckpt out --json" + data);
  ASSERT_EQ(trained.status, 0) << trained.err;
  const ProgramResult evaluated = dem("eval --save-ckpt out --json" + data);
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  expect_same_scores(trained.out, evaluated.out);
  const auto json = nlohmann::json::parse(evaluated.out);
  EXPECT_EQ(json["layout"], "table");
  EXPECT_EQ(json["recipe"], "auto");
  EXPECT_TRUE(json["metrics"].contains("T1")) << evaluated.out;
  ASSERT_EQ(dem("stats -o toy.stats" + data).status, 0);
  const ProgramResult again = dem("train --stats toy.stats --save-ckpt again --json");
  EXPECT_EQ(again.status, 0) << again.err;

  // Without a split there is nothing to evaluate, which does not keep one from training.
  fs::remove(folder_ / "data/TOY/split.csv");
  const ProgramResult all = dem("train --save-ckpt all --json" + data);
  EXPECT_EQ(all.status, 0) << all.err;
  const ProgramResult nothing = dem("eval --save-ckpt all" + data);
  EXPECT_EQ(nothing.status, 3);
  EXPECT_EQ(nothing.out, "");
  EXPECT_NE(
      nothing.err.find("dataset TOY: expected test images, got none of unseen classes and none"),
      std::string::npos)
      << nothing.err;
}

TEST_F(Workflow, JsonIsOneObjectAndNothingElseOnStdout) {
  make_data("--layout gbu --dataset SYN");
  const ProgramResult trained = dem(
      "train --data-path data --dataset SYN --save-ckpt out --recipe gbu --epoch-size 2 --json");
  ASSERT_EQ(trained.status, 0) << trained.err;
  const ProgramResult evaluated = dem("eval --data-path data --dataset SYN --save-ckpt out --json");
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  for (const std::string& text : {trained.out, evaluated.out}) {
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json["dataset"], "SYN");
    EXPECT_EQ(json["layout"], "gbu");
    EXPECT_EQ(json["recipe"], "gbu");
    EXPECT_EQ(json["selection"], "last");
    for (const char* metric : {"accuracy", "T1", "U", "S", "H", "AUSUC", "N1_skewness"}) {
      EXPECT_TRUE(json["metrics"].contains(metric)) << metric << text;
    }
  }
  expect_same_scores(trained.out, evaluated.out);
}

TEST_F(Workflow, QuietTrainingKeepsStderrEmpty) {
  make_data();
  const ProgramResult result =
      dem("train --data-path data --dataset AwA --save-ckpt out --epoch-size 1 --quiet");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
}

TEST_F(Workflow, ValidationSelectionNamesItselfAndItsHeldOutClasses) {
  make_data("--layout gbu --dataset SYN");
  const ProgramResult result =
      dem("train --data-path data --dataset SYN --save-ckpt out --recipe gbu --epoch-size 4 "
          "--select val --evaluation-interval 0");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("selection: val"), std::string::npos) << result.out;
  EXPECT_NE(result.err.find("held-out seen classes"), std::string::npos) << result.err;
}

// The recipe gbu evaluates every 1000 steps; this run has 5 in its longer part, where an epoch
// has 7.
TEST_F(Workflow, ARunShorterThanTheIntervalIsSelectedByItsEndAndNoLongerThanItsSteps) {
  make_data("--layout gbu --dataset SYN");
  const ProgramResult result =
      dem("train --data-path data --dataset SYN --save-ckpt out --recipe gbu --max-steps 5 "
          "--select val");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("selection: val"), std::string::npos) << result.out;
  EXPECT_EQ(result.err.find("accuracy -1"), std::string::npos) << result.err;
  const auto summary = nlohmann::json::parse(read_file(folder_ / "out/summary.json"));
  EXPECT_EQ(summary["selection"], "val");
  EXPECT_GE(summary["selected_accuracy"], 0.0);
  EXPECT_LE(summary["selected_accuracy"], 1.0);
  EXPECT_EQ(summary["summary"]["steps"], 5);
}

TEST_F(Workflow, AnEpochWithoutAnEvaluationHasALineWithItsLoss) {
  make_data("--layout gbu --dataset SYN");
  const ProgramResult result =
      dem("train --data-path data --dataset SYN --save-ckpt out --recipe gbu --epoch-size 4");
  ASSERT_EQ(result.status, 0) << result.err;
  for (int epoch = 1; epoch <= 4; ++epoch) {
    const std::string start = "epoch: " + std::to_string(epoch) + " loss = ";
    EXPECT_EQ(lines_starting_with(result.out, start), 1) << result.out;
    EXPECT_GT(number_after(result.out, start), 0.0) << result.out;
  }
  EXPECT_NE(result.out.find(" ms/step\n"), std::string::npos) << result.out;
}

TEST_F(Workflow, WithoutAPassingEpochTheLastOneIsKeptWithAWarning) {
  make_data("--noise 30");  // images say nothing: no epoch beats 0.5
  const ProgramResult result =
      dem("train --data-path data --dataset AwA --save-ckpt out --epoch-size 2 --batch-size 50");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("no epoch's test accuracy beat 0.5"), std::string::npos) << result.err;
  EXPECT_NE(result.out.find("selection: last (epoch 2)"), std::string::npos) << result.out;
  const auto summary = nlohmann::json::parse(read_file(folder_ / "out/summary.json"));
  const double best = summary["summary"]["best_accuracy"];
  EXPECT_GE(best, 0.0);
  EXPECT_LE(best, 0.5);
  const std::string note = summary["selection_note"];
  EXPECT_NE(result.err.find(note), std::string::npos) << result.err;
  const std::string eval = "eval --data-path data --dataset AwA --save-ckpt out";
  EXPECT_NE(dem(eval).out.find(note), std::string::npos) << note;
  EXPECT_EQ(nlohmann::json::parse(dem(eval + " --json").out)["selection_note"], note);
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
  EXPECT_EQ(lines_starting_with(result.out, "  test row "), 3) << result.out;
  EXPECT_EQ(lines_starting_with(result.out, "images  kind       T1    all  class\n"), 1)
      << result.out;
  EXPECT_NE(result.out.find("  unseen  "), std::string::npos) << result.out;
}

TEST_F(Workflow, JsonHasExamplesAndClassesWhereTheyAreAskedFor) {
  make_data();
  static_cast<void>(train());
  const std::string eval = "eval --data-path data --dataset AwA --save-ckpt out --json";
  const auto without = nlohmann::json::parse(dem(eval).out);
  EXPECT_FALSE(without.contains("per_class"));
  EXPECT_FALSE(without.contains("examples"));
  const auto json = nlohmann::json::parse(dem(eval + " --per-class --examples 3").out);
  ASSERT_EQ(json["per_class"].size(), 4u);  // layout dem has test images of unseen classes only
  double correct = 0.0;
  double samples = 0.0;
  for (const auto& entry : json["per_class"]) {
    EXPECT_EQ(entry["seen"], false);
    EXPECT_FALSE(entry["class"].get<std::string>().empty());
    samples += entry["samples"].get<double>();
    correct += entry["samples"].get<double>() * entry["zero_shot"].get<double>();
    EXPECT_TRUE(entry["generalised"].is_null());
  }
  EXPECT_EQ(samples, 100.0);
  EXPECT_NEAR(correct / samples, json["metrics"]["accuracy"].get<double>(), 1e-12);
  ASSERT_EQ(json["examples"].size(), 3u);
  for (const auto& example : json["examples"]) {
    EXPECT_GE(example["row"], 400);  // training images come first
    EXPECT_EQ(example["nearest"].size(), 3u);
  }
}

TEST_F(Workflow, EvaluationRefusesOptionsThatContradictTheModel) {
  make_data();
  static_cast<void>(train());
  const std::string eval = "eval --data-path data --dataset AwA --save-ckpt out ";
  EXPECT_EQ(dem(eval + "--train-mode att --recipe mindspore").status, 0);
  for (const char* options : {"--train-mode word", "--recipe gbu"}) {
    const ProgramResult result = dem(eval + options);
    EXPECT_EQ(result.status, 2) << options << result.err;
    EXPECT_NE(result.err.find(std::string(options).substr(0, 8)), std::string::npos) << result.err;
    EXPECT_EQ(result.out, "") << options;
  }
}

TEST_F(Workflow, AModelOfShuffledClassesSaysSo) {
  make_data();
  static_cast<void>(train("--shuffle-classes 3"));
  EXPECT_NE(dem("inspect out/model.safetensors").out.find("shuffle_classes"), std::string::npos);
  const auto summary = nlohmann::json::parse(read_file(folder_ / "out/summary.json"));
  EXPECT_EQ(summary["shuffle_classes"], 3);
  const std::string eval = "eval --data-path data --dataset AwA --save-ckpt out";
  EXPECT_NE(dem(eval).err.find("--shuffle-classes 3"), std::string::npos);
  const ProgramResult same = dem(eval + " --shuffle-classes 3");
  EXPECT_EQ(same.err.find("trained as a control"), std::string::npos) << same.err;
}

// Weights alone do not say how features were scaled; what lies beside them does, or there is a
// warning.
TEST_F(Workflow, BareWeightsOfScaledFeaturesAreScaledOrWarnedAbout) {
  make_data();
  static_cast<void>(train("--feature-scaling standard --select last"));
  const std::string eval = "eval --data-path data --dataset AwA --save-ckpt ";
  const double accuracy = number_after(dem(eval + "out").out, "att = ");
  for (const char* file : {"out/train.ckpt", "out/last.safetensors"}) {
    const ProgramResult result = dem(eval + file);
    EXPECT_EQ(number_after(result.out, "att = "), accuracy) << file << result.err;
    EXPECT_NE(result.err.find("features are scaled (standard)"), std::string::npos) << result.err;
  }
  fs::copy(folder_ / "out/last.safetensors", folder_ / "alone.safetensors");
  const ProgramResult alone = dem(eval + "alone.safetensors");
  EXPECT_EQ(alone.status, 0) << alone.err;
  EXPECT_NE(alone.err.find("warning: alone.safetensors"), std::string::npos) << alone.err;
  EXPECT_NE(alone.err.find("scaled by standard"), std::string::npos) << alone.err;

  ASSERT_EQ(dem("train --data-path data --dataset AwA --save-ckpt raw --epoch-size 1").status, 0);
  const ProgramResult raw = dem(eval + "raw/train.ckpt");
  EXPECT_EQ(raw.err.find("scaled"), std::string::npos) << raw.err;
  fs::copy(folder_ / "raw/train.ckpt", folder_ / "out/other.ckpt");
  const ProgramResult other = dem(eval + "out/other.ckpt");
  EXPECT_EQ(other.status, 0) << other.err;
  EXPECT_NE(other.err.find("scaled by standard"), std::string::npos) << other.err;
}

}  // namespace
}  // namespace dem::test
