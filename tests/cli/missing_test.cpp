// Descriptions with entries that nobody knows, through the program's commands.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class Missing : public CliTest {
 protected:
  static constexpr int kClasses = 12;  // the last four unseen
  static constexpr int kRows = 6;      // of each

  // Layout table, features that follow from two attributes; `first` and `second` stand for the
  // first two classes' first attribute.
  void write_table(const std::string& first, const std::string& second) const {
    fs::create_directories(folder_ / "data/TOY");
    std::ofstream classes(folder_ / "data/TOY/classes.csv"), split(folder_ / "data/TOY/split.csv");
    std::ofstream features(folder_ / "data/TOY/features.csv");
    std::ofstream labels(folder_ / "data/TOY/labels.csv");
    classes << "name,big,wet\n";
    split << "class,part\n";
    for (int c = 0; c < kClasses; ++c) {
      const double big = 1 + c % 4, wet = 1 + (c * 5) % 7;
      const std::string name(1, static_cast<char>('a' + c));
      classes << name << ','
              << (c == 0   ? first
                  : c == 1 ? second
                           : std::to_string(big))
              << ',' << wet << '\n';
      split << name << ',' << (c < kClasses - 4 ? "seen" : "unseen") << '\n';
      for (int i = 0; i < kRows; ++i) {
        labels << name << '\n';
        for (int d = 0; d < 5; ++d) {
          const double noise = 0.1 * std::sin(17.0 * c + 5.0 * i + 3.0 * d);
          features << (d > 0 ? "," : "") << big * (d % 2) + wet * (d % 3 == 0) + 1 + noise;
        }
        features << '\n';
      }
    }
  }
  [[nodiscard]] ProgramResult train(const std::string& options) const {
    return dem("train --data-path data --dataset TOY --save-ckpt out " + options);
  }
  [[nodiscard]] ProgramResult eval(const std::string& options = "") const {
    return dem("eval --data-path data --dataset TOY --save-ckpt out " + options);
  }
  [[nodiscard]] nlohmann::json summary() const {
    return nlohmann::json::parse(read_file(folder_ / "out/summary.json"));
  }
  static void expect_in(const std::string& text, const std::string& words) {
    EXPECT_NE(text.find(words), std::string::npos) << words << " in:\n" << text;
  }
};

TEST_F(Missing, DescriptionsAreFilledInByRecipesOfOursAndTheirModelsRemember) {
  write_table("NA", "");
  const ProgramResult trained = train("--recipe kernel-prototypes");
  ASSERT_EQ(trained.status, 0) << trained.err;
  expect_in(trained.err, "attribute descriptions: missing: entries that are not finite: 2; filled");
  EXPECT_EQ(summary()["missing_descriptions"], "auto");
  EXPECT_EQ(summary()["missing_entries"], 2);
  const ProgramResult evaluated = eval();
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_EQ(evaluated.err.find("these are not the data"), std::string::npos) << evaluated.err;
  const auto scores = [](const std::string& out) { return out.substr(out.find("T1 ")); };
  EXPECT_EQ(scores(evaluated.out).substr(0, 40), scores(trained.out).substr(0, 40));
  const ProgramResult otherwise = eval("--missing-descriptions keep");
  EXPECT_EQ(otherwise.status, 2);
  expect_in(otherwise.err, "--missing-descriptions: expected auto, which the model was trained");
}

TEST_F(Missing, DescriptionsAreKeptByRecipesOfSourcesUnlessToldOtherwise) {
  write_table("NA", "2");
  const ProgramResult refused = train("--recipe ridge");
  EXPECT_EQ(refused.status, 3);
  expect_in(refused.err, "classes.csv: line 2, column 2: expected a finite number");
  ASSERT_EQ(train("--recipe ridge --missing-descriptions mean").status, 0);
  ASSERT_EQ(eval().status, 0);
  EXPECT_EQ(summary()["missing_descriptions"], "mean");
  write_table("-1", "2");
  const ProgramResult kept = train("--recipe ridge");
  ASSERT_EQ(kept.status, 0) << kept.err;
  expect_in(kept.err, "warning: TOY, attribute descriptions: entries of -1: 1: these look missing");
  EXPECT_EQ(summary()["missing_entries"], 1);
  EXPECT_FALSE(summary().contains("missing_descriptions"));
  ASSERT_EQ(eval().status, 0);
  EXPECT_EQ(eval("--missing-descriptions mean").status, 2);
}

TEST_F(Missing, DescriptionsInDoubtAreRefused) {
  write_table("NA", "-1");
  const ProgramResult refused = train("--recipe kernel-prototypes");
  EXPECT_EQ(refused.status, 3);
  expect_in(refused.err,
            "data/TOY/classes.csv: TOY, attribute descriptions: expected to be told whether -1 is "
            "missing (--missing-descriptions mean) or a number (--missing-descriptions nan, which "
            "fills in what is not finite), got 1 entries of -1, the first of class \"b\", "
            "attribute \"big\", beside 1 that are not finite, the first of class \"a\", attribute "
            "\"big\"");
  EXPECT_EQ(train("--recipe kernel-prototypes --missing-descriptions mean").status, 0);
  EXPECT_EQ(train("--recipe kernel-prototypes --missing-descriptions nan").status, 0);
  EXPECT_EQ(train("--recipe kernel-prototypes --missing-descriptions zero").status, 2);
  write_table("-1", "2");
  const ProgramResult none = train("--recipe kernel-prototypes --missing-descriptions refuse");
  EXPECT_EQ(none.status, 3);
  expect_in(none.err, "got 1 missing, one of them of class \"a\", attribute \"big\"");
}

TEST_F(Missing, DescriptionsOfNewClassesAreFilledInByTheModelsMeans) {
  write_table("3", "2");
  ASSERT_EQ(train("--recipe kernel-prototypes").status, 0);
  std::ofstream(folder_ / "new.csv") << "name,big,wet\nox,NA,4\n";
  const std::string add = "predict --model out --add-classes new.csv --save-model more ";
  const ProgramResult added = dem(add);
  ASSERT_EQ(added.status, 0) << added.err;
  expect_in(added.err,
            "missing: entries that are not finite: 1; filled in with the means of their "
            "attributes over the model's classes");
  const ProgramResult kept = dem(add + "--missing-descriptions keep");
  EXPECT_EQ(kept.status, 3);
  expect_in(kept.err, "new.csv");
  EXPECT_EQ(dem("predict --model out --save-model more --missing-descriptions mean").status, 2);
}

TEST_F(Missing, DescriptionsOfStatisticsAreAsTheyWereGathered) {
  write_table("-1", "2");
  const std::string gather =
      "stats --data-path data --dataset TOY --second-moment --feature-scaling l2 ";
  const std::string ours = " --recipe kernel-prototypes";
  ASSERT_EQ(dem(gather + "-o ours.stats" + ours).status, 0);
  ASSERT_EQ(dem(gather + "-o kept.stats --recipe gbu").status, 0);
  const auto learn = [&](const std::string& file, const std::string& options = "") {
    return dem("train --save-ckpt out --stats " + file + ours + options);
  };
  EXPECT_EQ(learn("ours.stats").status, 0);
  EXPECT_EQ(summary()["missing_descriptions"], "auto");
  EXPECT_EQ(learn("ours.stats", " --missing-descriptions mean").status, 0);
  const ProgramResult refused = learn("kept.stats");
  EXPECT_EQ(refused.status, 2);
  expect_in(refused.err,
            "--stats kept.stats: expected statistics gathered with --missing-descriptions auto, "
            "got keep for 1 "
            "missing entries");
  EXPECT_EQ(learn("kept.stats", " --missing-descriptions keep").status, 0);
  EXPECT_EQ(learn("kept.stats", " --data-path data --dataset TOY").status, 0);
  const ProgramResult merged = dem("stats --merge ours.stats kept.stats -o both.stats");
  EXPECT_EQ(merged.status, 2);
  expect_in(merged.err, "expected missing descriptions auto, as in earlier files, got keep");
}

TEST_F(Missing, FeaturesAreZeroOnRequestAndTheModelRemembers) {
  write_table("3", "2");
  const fs::path path = folder_ / "data/TOY/features.csv";
  const std::string full = read_file(path);
  std::ofstream(path) << "nan" << full.substr(full.find(','));
  const ProgramResult refused = train("--recipe kernel-prototypes");
  EXPECT_EQ(refused.status, 3);
  expect_in(refused.err, "--missing-features zero takes it as 0");
  const ProgramResult trained = train("--recipe kernel-prototypes --missing-features zero");
  ASSERT_EQ(trained.status, 0) << trained.err;
  expect_in(trained.err, "TOY: features that are not finite: 1 in 1 of 72 rows; taken as 0");
  EXPECT_EQ(summary()["missing_features"], "zero");
  EXPECT_EQ(summary()["zeroed_features"], 1);
  const ProgramResult evaluated = eval();
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_EQ(evaluated.err.find("these are not the data"), std::string::npos) << evaluated.err;
  EXPECT_EQ(eval("--missing-features refuse").status, 3);
  std::ofstream(folder_ / "new.csv") << "1,2,NA,4,5\n1,2,3,4,\n";
  const ProgramResult predicted = dem("predict --model out --input new.csv");
  ASSERT_EQ(predicted.status, 0) << predicted.err;
  expect_in(predicted.err, "features that are not finite: 2 in 2 rows; taken as 0");
  EXPECT_EQ(dem("predict --model out --input new.csv --missing-features refuse").status, 3);
}

TEST_F(Missing, FeaturesOfStatisticsAreZeroOnRequest) {
  write_table("3", "2");
  const fs::path path = folder_ / "data/TOY/features.csv";
  const std::string full = read_file(path);
  const std::size_t second = full.find('\n') + 1;
  std::ofstream(path) << full.substr(0, second) << full.substr(full.find(',', second));
  const std::string gather = "stats --data-path data --dataset TOY -o toy.stats --recipe gbu ";
  EXPECT_EQ(dem(gather).status, 3);
  ASSERT_EQ(dem(gather + "--missing-features zero").status, 0);
  ASSERT_EQ(dem("train --stats toy.stats --save-ckpt out --recipe gbu --max-steps 3").status, 0);
  EXPECT_EQ(summary()["missing_features"], "zero");
  EXPECT_EQ(summary()["zeroed_features"], 1);
  EXPECT_EQ(eval().status, 0);
  ASSERT_EQ(dem("train --stats toy.stats --data-path data --dataset TOY --missing-features zero "
                "--save-ckpt out --recipe gbu --max-steps 3")
                .status,
            0);
  EXPECT_EQ(summary()["zeroed_features"], 1) << "the same images";
}

}  // namespace
}  // namespace dem::test
