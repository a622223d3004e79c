// dem train --seeds, and dem eval of what it wrote.
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Seeds : public CliTest {
 protected:
  static constexpr const char* kNetwork =
      "--recipe gbu --hidden-dim 16 --learning-rate 3e-3 --batch-size 20 --epoch-size 4 "
      "--evaluation-interval 0 ";

  void SetUp() override { make_data("--layout gbu --dataset SYN --num-test-seen-images 40"); }

  [[nodiscard]] static std::string train_command(const std::string& options) {
    return "train --data-path data --dataset SYN " + options;
  }
  [[nodiscard]] ProgramResult train(const std::string& options) const {
    return dem(train_command(options));
  }
  void expect_refused(const std::string& options, const std::vector<std::string>& words) const {
    const ProgramResult result = train(options);
    EXPECT_EQ(result.status, 2) << options << result.err;
    for (const std::string& word : words) {
      EXPECT_NE(result.err.find(word), std::string::npos) << options << ": " << result.err;
    }
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return read_file(folder_ / name);
  }
};

// The mean and the deviation of every run's own number, naively.
void expect_statistics(const Json& all, const char* score) {
  const auto n = static_cast<double>(all["runs"].size());
  double mean = 0.0, squares = 0.0;
  for (const Json& run : all["runs"]) mean += run["metrics"][score].get<double>() / n;
  for (const Json& run : all["runs"]) {
    squares += std::pow(run["metrics"][score].get<double>() - mean, 2);
  }
  EXPECT_NEAR(all["mean"][score].get<double>(), mean, 1e-12) << score;
  EXPECT_NEAR(all["sd"][score].get<double>(), std::sqrt(squares / (n - 1.0)), 1e-12) << score;
}

TEST_F(Seeds, EachIsTheModelOfARunWithThatSeed) {
  const ProgramResult result =
      train(std::string(kNetwork) + "--seed 7 --seeds 3 --save-ckpt all --json --quiet");
  ASSERT_EQ(result.status, 0) << result.err;
  const Json all = Json::parse(result.out);
  EXPECT_EQ(all["seeds"], (std::vector<int>{7, 8, 9}));
  ASSERT_EQ(all["runs"].size(), 3u);
  for (const char* score : {"T1", "U", "S", "H", "AUSUC", "accuracy"}) {
    expect_statistics(all, score);
  }
  EXPECT_EQ(Json::parse(file("all/summary.json")), all);
  const ProgramResult one =
      train(std::string(kNetwork) + "--seed 8 --save-ckpt one --json --quiet");
  ASSERT_EQ(one.status, 0) << one.err;
  Json run = all["runs"][1];
  EXPECT_EQ(run["seed"], 8);
  run.erase("seed");
  EXPECT_EQ(run, Json::parse(one.out));
  EXPECT_EQ(file("all/seed_8/model.safetensors"), file("one/model.safetensors"));
}

TEST_F(Seeds, TextHasMeansAndDeviations) {
  const ProgramResult result = train("--recipe dem --seeds 2 --save-ckpt all");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(lines_starting_with(result.out, "seed 100"), 2) << result.out;
  EXPECT_NE(result.out.find("mean ± standard deviation of 2 seeds"), std::string::npos);
  for (const char* score : {"T1 ", "U ", "S ", "H ", "AUSUC ", "hit@2 "}) {
    EXPECT_EQ(lines_starting_with(result.out, score), 1) << score << result.out;
  }
}

TEST_F(Seeds, AFolderOfRunsIsEvaluatedAsAWhole) {
  const ProgramResult trained =
      train(std::string(kNetwork) + "--seed 1 --seeds 2 --save-ckpt all --json --quiet");
  ASSERT_EQ(trained.status, 0) << trained.err;
  const ProgramResult result =
      dem("eval --data-path data --dataset SYN --save-ckpt all --json --hits 1,2,5,10,20");
  ASSERT_EQ(result.status, 0) << result.err;
  const Json evaluated = Json::parse(result.out);
  const Json all = Json::parse(trained.out);
  EXPECT_EQ(evaluated["seeds"], all["seeds"]);
  for (const char* score : {"T1", "H", "AUSUC"}) {
    EXPECT_EQ(evaluated["mean"][score], all["mean"][score]) << score;
    EXPECT_EQ(evaluated["sd"][score], all["sd"][score]) << score;
  }
  const ProgramResult text = dem("eval --data-path data --dataset SYN --save-ckpt all");
  EXPECT_NE(text.out.find("mean ± standard deviation of 2 seeds"), std::string::npos) << text.out;
  const ProgramResult classes =
      dem("eval --data-path data --dataset SYN --save-ckpt all --per-class");
  EXPECT_EQ(classes.status, 2);
  EXPECT_NE(classes.err.find("--per-class: expected one model"), std::string::npos) << classes.err;
}

TEST_F(Seeds, OtherCommandsNameOneOfTheRuns) {
  ASSERT_EQ(train("--recipe ridge --seed 3 --seeds 2 --save-ckpt all").status, 0);
  const ProgramResult result = dem("export --save-ckpt all --output out.onnx");
  EXPECT_NE(result.status, 0);
  EXPECT_NE(result.err.find("2 runs with different seeds"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("all/seed_3"), std::string::npos) << result.err;
}

TEST_F(Seeds, RunsOfAnotherRecipeAreNotOneFolder) {
  ASSERT_EQ(train("--recipe ridge --seed 3 --seeds 2 --save-ckpt all").status, 0);
  ASSERT_EQ(train("--recipe eszsl --seed 5 --save-ckpt all/seed_5").status, 0);
  const ProgramResult result = dem("eval --data-path data --dataset SYN --save-ckpt all");
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("seed_5: expected the same recipe_json"), std::string::npos)
      << result.err;
}

TEST_F(Seeds, RefusesWhatCannotBe) {
  expect_refused("--seeds 1 --save-ckpt all", {"--seeds: expected 2 to 1000, got 1"});
  expect_refused("--seeds 2 --seed 18446744073709551615 --save-ckpt all", {"--seeds"});
  ASSERT_EQ(train("--recipe ridge --save-ckpt one").status, 0);
  expect_refused("--recipe ridge --seeds 2 --save-ckpt one",
                 {"one: expected a folder for several models", "model.safetensors"});
  ASSERT_EQ(train("--recipe ridge --seed 1 --seeds 3 --save-ckpt all").status, 0);
  expect_refused("--recipe ridge --seed 1 --seeds 2 --save-ckpt all",
                 {"seeds 1 to 2", "all/seed_3"});
}

TEST_F(Seeds, WhatHasFinishedIsTakenAsItIs) {
  const std::string command = "--recipe ridge --seed 1 --seeds 3 --save-ckpt all";
  ASSERT_EQ(train(command).status, 0);
  const std::string summary = file("all/summary.json");
  const std::string model = file("all/seed_2/model.safetensors");
  fs::remove_all(folder_ / "all/seed_3");
  const auto before = fs::last_write_time(folder_ / "all/seed_2/model.safetensors");
  const ProgramResult again = train(command + " --resume");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(fs::last_write_time(folder_ / "all/seed_2/model.safetensors"), before);
  EXPECT_EQ(file("all/summary.json"), summary);
  EXPECT_EQ(file("all/seed_2/model.safetensors"), model);
  // With other settings it is another run.
  const ProgramResult other = train(command + " --resume --set lambda=3");
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.err.find("seed_1"), std::string::npos) << other.err;
  EXPECT_NE(other.err.find("to resume, expected the recipe's lambda "), std::string::npos)
      << other.err;
  EXPECT_NE(other.err.find(", got lambda \"3\"\n"), std::string::npos) << other.err;
  EXPECT_FALSE(read_file(folder_ / "all/summary.json").empty())
      << "a refused run takes nothing away";
}

// A finished run, and one that was stopped, each in a short sentence.
TEST_F(Seeds, AChangedOptionIsNamedInOneSentence) {
  const std::string command = std::string(kNetwork) + "--seed 1 --seeds 2 --save-ckpt all";
  ASSERT_EQ(train(command).status, 0);
  const struct {
    const char *option, *said;
  } cases[] = {
      {"--learning-rate 0.5", "expected the recipe's learning_rate "},
      {"--weight-decay 0.5", "expected the recipe's l2_penalty "},
      {"--recipe mindspore", "expected the recipe's name \"gbu\", got name \"mindspore\"\n"},
      {"--shuffle-classes 7", "expected data_fingerprint "}};
  for (const auto& [option, said] : cases) {
    const ProgramResult other = train(command + " --quiet --resume " + option);
    EXPECT_EQ(other.status, 2) << option << other.err;
    EXPECT_NE(other.err.find(said), std::string::npos) << option << other.err;
    EXPECT_LT(other.err.size(), 200U) << option << other.err;
  }
}

// A run that is stopped in the middle of a seed, and one that is killed.
TEST_F(Seeds, GoesOnAfterAnInterruptBitForBit) {
  const std::string options = std::string(kNetwork) +
                              "--select val --select-by H --epoch-size 60 --seed 1 --seeds 3 "
                              "--save-seconds 0 --save-ckpt ";
  ASSERT_EQ(train(options + "whole").status, 0);
  for (const int signal : {SIGINT, SIGKILL}) {
    fs::remove_all(folder_ / "parts");
    const ProgramResult stopped = run("exec " + kProgram + " " + train_command(options + "parts"),
                                      folder_.path(),
                                      SignalAfter{signal, "seed 1: ", 1});
    if (signal == SIGINT) {
      EXPECT_EQ(stopped.status, 130) << stopped.err;
      EXPECT_NE(stopped.err.find("--resume goes on"), std::string::npos) << stopped.err;
    }
    EXPECT_FALSE(fs::exists(folder_ / "parts/summary.json"));
    const ProgramResult again = train(options + "parts --resume");
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(file("parts/summary.json"), file("whole/summary.json"));
    for (const char* seed : {"1", "2", "3"}) {
      const std::string name = std::string("/seed_") + seed + "/model.safetensors";
      EXPECT_EQ(file("parts" + name), file("whole" + name)) << signal << name;
    }
  }
}

}  // namespace
}  // namespace dem::test
