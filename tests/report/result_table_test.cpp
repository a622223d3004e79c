// Runs side by side: a worked example in every form.
#include "dem/report/result_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/data/split_fingerprint.h"
#include "dem/io/array_file.h"
#include "support/files.h"
#include "support/real_data.h"

namespace dem {
namespace {

RunRecord run_of(const std::string& data,
                 const std::string& recipe,
                 std::uint64_t seed,
                 double t1) {
  RunRecord run;
  run.key = {data, recipe, seed, "", "f1", "0.1.0"};
  run.seconds = 2.0 * static_cast<double>(seed);
  run.take_result(R"({"selection": "val", "split_fingerprint": "ab", "gamma": 0.25, "metrics": )"
                  R"({"T1": )" +
                  std::to_string(t1) + R"(, "oracle": {"gamma": 0.1, "H": 0.5}}})");
  return run;
}

RunRecord failed_run(const std::string& data, const std::string& recipe, std::uint64_t seed) {
  RunRecord run;
  run.key = {data, recipe, seed, "", "f1", "0.1.0"};
  run.error = "too many classes, \"really\"";
  return run;
}

// a: mean (0.5 + 0.75) / 2 = 0.625, sd = 0.25 / sqrt 2 = 0.1768; seconds 2 and 4.
std::vector<RunRecord> worked_runs() {
  return {run_of("s_1", "a", 1, 0.5),
          run_of("s_1", "b&c", 1, 0.25),
          run_of("s_1", "a", 2, 0.75),
          failed_run("s_1", "d", 1)};
}

TEST(ResultRows, AreMeansAndStandardDeviationsOfSeeds) {
  const std::vector<ResultRow> rows = result_rows(worked_runs());
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].recipe, "a");
  EXPECT_EQ(rows[0].scores->num_runs(), 2);
  EXPECT_DOUBLE_EQ(rows[0].scores->find("T1")->mean, 0.625);
  EXPECT_NEAR(*rows[0].scores->find("T1")->sd, 0.25 / std::sqrt(2.0), 1e-15);
  EXPECT_DOUBLE_EQ(rows[0].scores->find("seconds")->mean, 3.0);
  EXPECT_DOUBLE_EQ(rows[0].scores->find("oracle/H")->mean, 0.5);
  EXPECT_DOUBLE_EQ(rows[0].scores->find("gamma")->mean, 0.25);
  EXPECT_FALSE(rows[1].scores->find("T1")->sd.has_value());
  EXPECT_EQ(rows[2].failed, 1);
  EXPECT_FALSE(rows[2].scores.has_value());
}

TEST(ResultRows, SelectionsThatDifferAreSaid) {
  std::vector<RunRecord> runs{run_of("s", "a", 1, 0.5), run_of("s", "a", 2, 0.5)};
  EXPECT_EQ(result_rows(runs)[0].selection, "val");
  runs[1].selection = "default";
  EXPECT_EQ(result_rows(runs)[0].selection, "mixed");
}

TEST(ResultText, HasALineARowAndWhatFailed) {
  EXPECT_EQ(to_text(result_rows(worked_runs())),
            "data  recipe  runs         selection  T1           U  S  H  AUSUC  N_1 skewness  "
            "seconds\n"
            "s_1   a       2            val        62.5 ± 17.7  -  -  -  -      -             "
            "3.0 ± 1.4\n"
            "s_1   b&c     1            val        25.0         -  -  -  -      -             2.0\n"
            "s_1   d       0, 1 failed  -          -            -  -  -  -      -             -\n"
            "s_1, d: too many classes, \"really\"\n");
}

TEST(ResultText, LatexEscapesNames) {
  const std::string text = to_latex(result_rows(worked_runs()));
  EXPECT_NE(text.find("s\\_1 & b\\&c & 1 & val & $25.0$ & - "), std::string::npos) << text;
  EXPECT_NE(text.find("$62.5 \\pm 17.7$"), std::string::npos) << text;
  EXPECT_EQ(text.find("±"), std::string::npos);
  RunRecord odd = run_of("a\\b", "x", 1, 0.5);
  odd.key.recipe = "50%$#{}~^";
  EXPECT_NE(to_latex(result_rows(std::vector{odd}))
                .find("a\\textbackslash{}b & 50\\%\\$\\#\\{\\}\\~{}\\^{}"),
            std::string::npos);
}

TEST(ResultText, MarkdownHasTheSameCells) {
  const std::string text = to_markdown(result_rows(worked_runs()));
  EXPECT_NE(text.find("| s_1 | a | 2 | val | 62.5 ± 17.7 | - |"), std::string::npos) << text;
  EXPECT_NE(text.find("|-|-|-|"), std::string::npos);
}

TEST(ResultCsv, HasALineARunAndEmptyCells) {
  EXPECT_EQ(to_csv(worked_runs()),
            "dataset,recipe,seed,selection,data_fingerprint,split_fingerprint,seconds,T1,"
            "oracle/gamma,oracle/H,gamma,error\n"
            "s_1,a,1,val,f1,ab,2,0.5,0.1,0.5,0.25,\n"
            "s_1,b&c,1,val,f1,ab,2,0.25,0.1,0.5,0.25,\n"
            "s_1,a,2,val,f1,ab,4,0.75,0.1,0.5,0.25,\n"
            "s_1,d,1,,f1,,0,,,,,\"too many classes, \"\"really\"\"\"\n");
}

TEST(ResultJson, HasRowsAndRuns) {
  const auto json = nlohmann::json::parse(to_json(worked_runs()));
  EXPECT_EQ(json["rows"][0]["mean"]["T1"], 0.625);
  EXPECT_EQ(json["rows"][0]["mean"]["oracle"]["H"], 0.5);
  EXPECT_EQ(json["rows"][2]["failed"], 1);
  EXPECT_EQ(json["runs"].size(), 4u);
  EXPECT_TRUE(json["runs"][3].contains("error"));
  EXPECT_FALSE(json["runs"][3].contains("result"));
  EXPECT_TRUE(json["published"].empty());
}

TEST(ResultFiles, AreWrittenTogether) {
  const test::TemporaryFolder folder;
  save_results(worked_runs(), folder.path());
  for (const char* name : {"results.json", "results.csv", "results.tex", "results.md"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
}

// The real split files, with the classes of their rows, which the files do not have: the unseen
// ones of AWA2 by name (Xian and others, TPAMI 2019), those of SUN, whose images lie by class,
// twenty of each, by their rows.
class PublishedSplits : public testing::Test {
 protected:
  static Dataset split_of(const std::string& name) {
    const auto file = ArrayFile::open(test::real_data("att_splits/" + name + "/att_splits.mat"));
    const auto rows = [&](const char* list) {
      std::vector<Index> places;
      for (const std::int64_t row : file->read_integers(file->require(list))) {
        places.push_back(row - 1);
      }
      return places;
    };
    Dataset dataset;
    dataset.classes.names = file->read_strings(file->require("allclasses_names"));
    dataset.split.trainval = rows("trainval_loc");
    dataset.split.test_seen = rows("test_seen_loc");
    dataset.split.test_unseen = rows("test_unseen_loc");
    return dataset;
  }
  // True of unseen ones.
  template <typename IsUnseen>
  static void take_classes(Dataset& dataset, const IsUnseen& is_unseen) {
    for (ClassId c = 0; c < static_cast<ClassId>(dataset.classes.names.size()); ++c) {
      (is_unseen(c) ? dataset.unseen_classes : dataset.seen_classes).push_back(c);
    }
  }
};

TEST_F(PublishedSplits, AWA2IsKnown) {
  DEM_NEEDS_REAL_DATA("att_splits/AWA2");
  Dataset dataset = split_of("AWA2");
  const std::set<std::string> unseen{"sheep",
                                     "dolphin",
                                     "bat",
                                     "seal",
                                     "blue+whale",
                                     "rat",
                                     "horse",
                                     "walrus",
                                     "giraffe",
                                     "bobcat"};
  take_classes(dataset, [&](ClassId c) { return unseen.count(dataset.classes.names[at(c)]) > 0; });
  ASSERT_EQ(dataset.unseen_classes.size(), 10u);
  EXPECT_EQ(published_scores(split_fingerprint(dataset), 2048).size(), 6u);
}

TEST_F(PublishedSplits, SunIsKnown) {
  DEM_NEEDS_REAL_DATA("att_splits/SUN");
  Dataset dataset = split_of("SUN");
  std::set<ClassId> unseen;
  for (const Index row : dataset.split.test_unseen) unseen.insert(static_cast<ClassId>(row / 20));
  ASSERT_EQ(unseen.size(), 72u);
  take_classes(dataset, [&](ClassId c) { return unseen.count(c) > 0; });
  EXPECT_EQ(published_scores(split_fingerprint(dataset), 2048).size(), 5u);
}

TEST(PublishedScores, AreForOneSplitAndWidthOnly) {
  EXPECT_TRUE(published_scores("ab", 2048).empty());
  EXPECT_FALSE(published_scores("c56270d7b53063c3", 2048).empty());
  EXPECT_TRUE(published_scores("c56270d7b53063c3", 512).empty());
  RunRecord run = run_of("AWA2", "auto", 1, 0.5);
  run.split = "c56270d7b53063c3";
  run.feature_dim = 2048;
  const std::string text = to_text(result_rows(std::vector{run}));
  EXPECT_NE(text.find("AWA2  DEM (published)"), std::string::npos) << text;
  EXPECT_NE(text.find("67.1"), std::string::npos) << text;
  EXPECT_NE(text.find("README of the authors' code"), std::string::npos) << text;
}

}  // namespace
}  // namespace dem
