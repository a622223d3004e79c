// dem benchmark as its users meet it.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class Benchmark : public CliTest {
 protected:
  void SetUp() override {
    make_data("--dataset toy --layout gbu");
    make_data("--dataset toy2 --layout gbu --seed 2");
  }
  [[nodiscard]] ProgramResult benchmark(const std::string& options) const {
    return dem("benchmark --data-path data " + options);
  }
  [[nodiscard]] nlohmann::json results(const std::string& folder) const {
    return nlohmann::json::parse(read_file(folder_ / (folder + "/results.json")));
  }
};

constexpr const char* kTwoByTwo =
    "--datasets toy,toy2 --recipes ridge,eszsl --seeds 2 --seed 7 --output out ";

TEST_F(Benchmark, RunsAreThoseOfTrainAndEval) {
  const ProgramResult result = benchmark(kTwoByTwo);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(lines_starting_with(result.out, "toy "), 2) << result.out;
  EXPECT_EQ(lines_starting_with(result.out, "toy2 "), 2) << result.out;
  EXPECT_NE(result.err.find("[8/8] "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find(" left\n"), std::string::npos) << "how long it takes";
  EXPECT_FALSE(fs::exists(folder_ / "out/models")) << "models are not kept";

  const auto json = results("out");
  ASSERT_EQ(json["runs"].size(), 8u);
  ASSERT_EQ(json["rows"].size(), 4u);
  const auto of_row = std::find_if(json["runs"].begin(), json["runs"].end(), [](const auto& run) {
    return run["dataset"] == "toy2" && run["recipe"] == "eszsl" && run["seed"] == 8;
  });
  ASSERT_NE(of_row, json["runs"].end());
  const std::string place = "--data-path data --dataset toy2 --save-ckpt own ";
  ASSERT_EQ(dem("train --recipe eszsl --seed 8 " + place).status, 0);
  const auto own = nlohmann::json::parse(dem("eval --json " + place).out);
  EXPECT_EQ((*of_row)["result"], own);
  EXPECT_GT((*of_row)["seconds"].get<double>(), 0.0);
  EXPECT_GT((*of_row)["peak_bytes"].get<double>(), 1e6);
}

TEST_F(Benchmark, TheSameCommandGoesOnAndTakesWhatIsKept) {
  ASSERT_EQ(benchmark("--datasets toy --recipes ridge --seeds 2 --output out").status, 0);
  const std::string kept = read_file(folder_ / "out/runs/toy.ridge.1001.json");
  const ProgramResult more = benchmark("--datasets toy --recipes ridge,sae --seeds 2 --output out");
  EXPECT_EQ(more.status, 0);
  EXPECT_NE(more.err.find("2 of 4 runs are kept in out"), std::string::npos) << more.err;
  EXPECT_EQ(read_file(folder_ / "out/runs/toy.ridge.1001.json"), kept);
  EXPECT_EQ(results("out")["rows"].size(), 2u);
  const ProgramResult fresh =
      benchmark("--datasets toy --recipes ridge --output out --fresh --seeds 1");
  EXPECT_EQ(fresh.err.find("are kept"), std::string::npos) << fresh.err;
}

// Other data in the same place, and what lies there and is no run, are run anew.
TEST_F(Benchmark, RunsOfOtherDataAreNotTaken) {
  ASSERT_EQ(benchmark("--datasets toy --recipes ridge --seeds 1 --output out").status, 0);
  fs::remove_all(folder_ / "data/toy");
  fs::rename(folder_ / "data/toy2", folder_ / "data/toy");
  const ProgramResult other = benchmark("--datasets toy --recipes ridge --seeds 1 --output out");
  EXPECT_EQ(other.status, 0);
  EXPECT_EQ(other.err.find("are kept"), std::string::npos) << other.err;
  std::ofstream(folder_ / "out/runs/toy.ridge.1000.json") << "{";
  EXPECT_EQ(benchmark("--datasets toy --recipes ridge --seeds 1 --output out").status, 0);
}

TEST_F(Benchmark, TablesDoNotDependOnThreads) {
  const auto without_times = [&](const std::string& folder) {
    auto json = results(folder);
    for (auto& run : json["runs"]) {
      run.erase("seconds");
      run.erase("peak_bytes");
    }
    return json["runs"];
  };
  ASSERT_EQ(
      benchmark("--datasets toy --recipes ridge,auto --seeds 2 --output a --threads 1").status, 0);
  ASSERT_EQ(
      benchmark("--datasets toy --recipes ridge,auto --seeds 2 --output b --threads 3 --memory "
                "0.001")
          .status,
      0)
      << "one at a time where memory is for less";
  EXPECT_EQ(without_times("a"), without_times("b"));
}

TEST_F(Benchmark, AFailedRunIsSaidAndRunAgain) {
  std::ofstream(folder_ / "bad.json") << R"({"recipe": "mindspore", "batch_size": 100000})";
  const ProgramResult result =
      benchmark("--datasets toy --recipes ridge,bad.json --seeds 1 --output out");
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.out.find("toy, bad: "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("batch_size"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("0, 1 failed"), std::string::npos) << result.out;
  std::ofstream(folder_ / "bad.json") << R"({"recipe": "ridge", "lambda": 1})";
  EXPECT_EQ(benchmark("--datasets toy --recipes ridge,bad.json --seeds 1 --output out").status, 0);
}

// Before any run of it or of another recipe.
TEST_F(Benchmark, AWrongFieldOfASettingsFileIsSaidWhenRunsArePlanned) {
  const struct {
    const char *settings, *said;
  } cases[] = {{R"({"recipe": "ridge", "lambda": -1})", "lambda"},
               {R"({"recipe": "ridge", "lambdas": 1})", "has no lambdas"},
               {R"({"recipe": "ridge", "learning_rate": 1})", "has no learning_rate"},
               {R"({"recipe": "gbu", "hidden_dim": "wide"})", "hidden_dim"},
               {R"({"recipe": "gbu", "batch_size": 0})", "batch_size"},
               {R"({"recipe": "rigde"})", "did you mean ridge?"},
               {R"({"rho": 1})", "rho"}};
  for (const auto& [settings, said] : cases) {
    std::ofstream(folder_ / "bad.json") << settings;
    const ProgramResult result =
        benchmark("--datasets toy --recipes ridge,bad.json --seeds 1 --output out");
    EXPECT_EQ(result.status, 2) << settings << result.err;
    EXPECT_NE(result.err.find("--recipes bad.json: "), std::string::npos) << result.err;
    EXPECT_NE(result.err.find(said), std::string::npos) << settings << result.err;
    EXPECT_TRUE(fs::is_empty(folder_ / "out/runs")) << settings;
  }
}

TEST_F(Benchmark, JsonIsTheTableAndNothingElse) {
  const ProgramResult result =
      benchmark("--datasets toy --recipes ridge --seeds 1 --output out --json --quiet");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, read_file(folder_ / "out/results.json"));
  EXPECT_EQ(result.err, "");
}

// Runs of these at once must not meet in one folder.
TEST_F(Benchmark, NamesThatLookAlikeAreKeptApart) {
  fs::rename(folder_ / "data/toy", folder_ / "data/A B");
  fs::rename(folder_ / "data/toy2", folder_ / "data/A_B");
  fs::copy(folder_ / "data/A_B", folder_ / "data/\u732b", fs::copy_options::recursive);
  fs::copy(folder_ / "data/A B", folder_ / "data/\u72ac", fs::copy_options::recursive);
  const ProgramResult result = benchmark(
      "--datasets 'A B,A_B,data/\u732b/,\u72ac' --recipes ridge --seeds 2 --output out --threads "
      "2");
  EXPECT_EQ(result.status, 0) << result.out;
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "out/runs"), {}), 8);
  const ProgramResult again =
      benchmark("--datasets 'A B,A_B,\u732b,\u72ac' --recipes ridge --seeds 2 --output out");
  EXPECT_NE(again.err.find("8 of 8 runs are kept"), std::string::npos) << again.err;
}

TEST_F(Benchmark, OptionsOfOneDatasetStandBehindColons) {
  const ProgramResult result =
      benchmark("--datasets data/toy:index-base=1 --recipes ridge --seeds 1 --output out");
  EXPECT_EQ(result.status, 0) << result.err;
  const ProgramResult wrong = benchmark("--datasets toy:index-base=0 --recipes ridge --output o");
  EXPECT_EQ(wrong.status, 3) << wrong.err;
  const ProgramResult odd = benchmark("--datasets toy:layouts=gbu --recipes ridge --output o");
  EXPECT_EQ(odd.status, 2);
  EXPECT_NE(odd.err.find("--datasets toy:layouts=gbu"), std::string::npos) << odd.err;
}

TEST_F(Benchmark, WhatCannotBeIsOneError) {
  const auto expect = [&](const std::string& options, int status, const std::string& part) {
    const ProgramResult result = benchmark(options + " --quiet");
    EXPECT_EQ(result.status, status) << options;
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_EQ(result.out, "");
  };
  expect("--datasets toy", 2, "--output");
  expect("--output out", 2, "--datasets");
  expect("--datasets toy --output out --recipes rigde", 2, "got \"rigde\" (did you mean ridge?)");
  expect("--datasets toy --output out --recipes ridge,ridge", 2, "ridge twice");
  expect("--datasets toy,data/toy --output out", 2, "toy twice");
  expect("--datasets toy --output out --seeds 0", 2, "--seeds: expected 1 .. 1000, got 0");
  expect("--datasets toi --output out", 3, "toi");
  expect("--datasets toy --output out --recipes none.json", 3, "none.json");
  expect("--datasets toy --output out --memory -1", 2, "--memory");
  expect("--datasets toy --output out --memory inf", 2, "--memory");
  expect("--datasets toy:dataset=toy2 --output out", 2, "got --dataset");
  expect("--datasets toy:help=1 --output out", 2, "got --help");
  expect("--datasets toy:index-base= --output out", 2, "got index-base=");
  expect("--datasets toy --output out --seed 18446744073709551615", 2, "--seeds");
  std::ofstream(folder_ / "gp.json") << R"({"recipe": "ridge"})";
  expect("--datasets toy --output out --recipes gp.json", 2, "got gp");
  expect("--datasets toy --output /proc/none/x", 3, "--output: /proc/none/x/runs: cannot be made");
}

TEST_F(Benchmark, CtrlCKeepsWhatIsFinishedAndEndsTheRest) {
  const std::string command =
      "exec " + kProgram +
      " benchmark --data-path data --datasets toy,toy2 --recipes ridge,auto,gp,whitened --seeds 20 "
      "--output out 2>&1 >/dev/null";
  const ProgramResult stopped = run(command, folder_.path(), SignalAfter{SIGINT, "[", 5});
  EXPECT_EQ(stopped.status, 130);
  const auto kept = std::distance(fs::directory_iterator(folder_ / "out/runs"), {});
  EXPECT_GE(kept, 5);
  EXPECT_LT(kept, 160);
  EXPECT_FALSE(fs::exists(folder_ / "out/models"));
  EXPECT_EQ(results("out")["runs"].size(), static_cast<std::size_t>(kept));
}

}  // namespace
}  // namespace dem::test
