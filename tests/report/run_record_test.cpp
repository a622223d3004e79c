// What is kept of a run.
#include "dem/report/run_record.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/files.h"

namespace dem {
namespace {

RunRecord some_run() {
  RunRecord run;
  run.key = {"data \"1\"", "auto", 18446744073709551615ULL, "--index-base 0", "f", "0.1.0"};
  run.seconds = 1.25;
  run.peak_bytes = 1 << 20;
  run.feature_dim = 512;
  run.take_result(
      R"({"selection": "val", "split_fingerprint": "0a", "gamma": 0.5, "metrics": {"T1": 0.75,)"
      R"( "uncalibrated": {"U": 0.1}, "intervals": {"replicates": 100}, "N1_hubs": [{"class": "a", "images": 3}]}})");
  return run;
}

TEST(RunRecord, TakesTheScoresOfAResult) {
  const RunRecord run = some_run();
  EXPECT_EQ(run.selection, "val");
  EXPECT_EQ(run.split, "0a");
  ASSERT_NE(run.find("uncalibrated/U"), nullptr);
  EXPECT_EQ(run.find("uncalibrated/U")->value, 0.1);
  EXPECT_EQ(run.find("gamma")->value, 0.5);
  EXPECT_EQ(run.find("intervals/replicates"), nullptr) << "no score";
  EXPECT_EQ(run.scores.size(), 3u);
}

TEST(RunRecord, RefusesWhatIsNoResult) {
  RunRecord run;
  for (const char* text : {"", "{", "[]", "{}", R"({"selection": 1, "metrics": {}})"}) {
    test::expect_error(ErrorKind::kFormat, {"result of a run"}, [&] { run.take_result(text); });
  }
}

TEST(RunRecord, ComesBackFromItsFile) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "run.json";
  const RunRecord run = some_run();
  save_run(run, path);
  const std::optional<RunRecord> back = load_run(path);
  ASSERT_TRUE(back.has_value());
  EXPECT_TRUE(back->key == run.key);
  EXPECT_EQ(back->seconds, run.seconds);
  EXPECT_EQ(back->peak_bytes, run.peak_bytes);
  EXPECT_EQ(back->feature_dim, run.feature_dim);
  EXPECT_EQ(back->find("T1")->value, 0.75);
  EXPECT_EQ(back->split, "0a");
}

TEST(RunRecord, OfAFailureComesBackToo) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "run.json";
  RunRecord run;
  run.key.dataset = "d";
  run.error = "no";
  save_run(run, path);
  EXPECT_EQ(load_run(path)->error, "no");
  EXPECT_TRUE(load_run(path)->result.empty());
}

TEST(RunRecord, IsNotReadFromWhatIsNone) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "run.json";
  EXPECT_FALSE(load_run(path).has_value());
  for (const char* text : {"", "{}", "nonsense", R"({"key": {}})", "[1]"}) {
    std::ofstream(path) << text;
    EXPECT_FALSE(load_run(path).has_value()) << text;
  }
}

}  // namespace
}  // namespace dem
