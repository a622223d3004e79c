#include "dem/data/missing_descriptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <random>
#include <utility>

#include "dem/base/log.h"
#include "dem/data/class_file.h"
#include "dem/data/dataset_from_arrays.h"
#include "dem_toy.h"
#include "gbu_toy.h"
#include "table_toy.h"

namespace dem {
namespace {

using enum MissingDescriptions;
using test::expect_error;
using test::Warnings;
using testing::ElementsAre;

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

using Rows = std::vector<std::vector<float>>;

Matrix<float> matrix_of(const Rows& rows) {
  Matrix<float> out(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (Index c = 0; c < out.rows(); ++c) {
    for (Index d = 0; d < out.cols(); ++d) {
      out(c, d) = rows[static_cast<std::size_t>(c)][static_cast<std::size_t>(d)];
    }
  }
  return out;
}

Rows rows_of(MatrixView<const float> matrix) {
  Rows rows;
  for (Index c = 0; c < matrix.rows(); ++c) {
    rows.emplace_back(matrix.row(c).begin(), matrix.row(c).end());
  }
  return rows;
}

// A class an image, all but the last one seen.
Dataset dataset_of(const Rows& table, MissingDescriptions missing) {
  DatasetArrays arrays;
  arrays.missing_descriptions = missing;
  arrays.classes.spaces = {"attribute"};
  arrays.classes.embeddings.push_back(matrix_of(table));
  const auto num_classes = static_cast<Index>(table.size());
  for (Index c = 0; c < num_classes; ++c) {
    arrays.classes.names.push_back("class " + std::to_string(c));
    arrays.labels.push_back(static_cast<ClassId>(c));
    if (c + 1 < num_classes) arrays.split.trainval.push_back(c);
  }
  arrays.split.test_unseen = {num_classes - 1};
  return dataset_from_arrays(Matrix<float>(num_classes, 2), std::move(arrays));
}

Rows filled(const Rows& table, MissingDescriptions missing) {
  return rows_of(dataset_of(table, missing).classes.embeddings[0]);
}

TEST(MissingDescriptionsTest, NamesComeBack) {
  for (const MissingDescriptions missing : {kKeep, kMean, kAuto, kNan, kRefuse}) {
    EXPECT_EQ(missing_descriptions_from_string(to_string(missing)), missing);
  }
  expect_error(ErrorKind::kInvalidArgument, {"missing descriptions", "keep", "auto"}, [] {
    (void)missing_descriptions_from_string("zero");
  });
}

// Column 0: known 2, 4, 6. Column 1: known 1, 8, 3. The third class is not known at all.
TEST(MissingDescriptionsTest, BecomeTheMeanOfTheirAttribute) {
  const Rows table = {{2, -1}, {4, 1}, {0, 0}, {6, 8}, {-1, 3}};
  const Rows expected = {{2, 4}, {4, 1}, {4, 4}, {6, 8}, {4, 3}};
  EXPECT_EQ(filled(table, kAuto), expected);
  EXPECT_EQ(filled(table, kMean), expected);
  const float inf = std::numeric_limits<float>::infinity();
  const Rows not_finite = {{2, kNone}, {4, 1}, {0, 0}, {6, 8}, {-inf, 3}};
  for (const MissingDescriptions missing : {kAuto, kMean, kNan}) {
    EXPECT_EQ(filled(not_finite, missing), expected);
  }
  // -1 is a number: column 0 has 2, 4, 6, -1; column 1 -1, 1, 8, 3.
  EXPECT_EQ(filled(table, kNan), (Rows{{2, -1}, {4, 1}, {2.75, 2.75}, {6, 8}, {-1, 3}}));
  EXPECT_EQ(filled(table, kKeep), table);
}

TEST(MissingDescriptionsTest, AreCountedAndTheFingerprintIsThatOfTheFilledTable) {
  const Rows table = {{2, -1}, {4, 1}, {0, 0}, {6, 8}, {-1, 3}};
  const Dataset data = dataset_of(table, kAuto);
  EXPECT_EQ(data.num_missing, 4);  // two entries and a row of two
  EXPECT_EQ(data.missing_descriptions, kAuto);
  EXPECT_EQ(data.fingerprint,
            dataset_of({{2, 4}, {4, 1}, {4, 4}, {6, 8}, {4, 3}}, kKeep).fingerprint);
  EXPECT_EQ(dataset_of(table, kKeep).num_missing, 4);
  EXPECT_NE(dataset_of(table, kKeep).fingerprint, data.fingerprint);
  EXPECT_EQ(dataset_of({{2, 4}, {4, 1}}, kAuto).num_missing, 0);
}

// Against a loop over columns with what is missing kept aside.
TEST(MissingDescriptionsTest, AgreeWithANaiveLoop) {
  std::mt19937 draw(5);
  const Index num_classes = 23, dim = 11;
  Rows table, known(static_cast<std::size_t>(dim));
  std::vector<std::vector<bool>> missing;
  for (Index c = 0; c < num_classes; ++c) {
    table.emplace_back();
    missing.emplace_back();
    for (Index d = 0; d < dim; ++d) {
      const bool is_missing = draw() % 7 == 0;
      const float value = static_cast<float>(draw() % 1000) * 0.01f;
      table.back().push_back(is_missing ? -1.0f : value);
      missing.back().push_back(is_missing);
      if (!is_missing) known[static_cast<std::size_t>(d)].push_back(value);
    }
  }
  const Rows got = filled(table, kMean);
  for (std::size_t c = 0; c < table.size(); ++c) {
    for (std::size_t d = 0; d < known.size(); ++d) {
      double sum = 0;
      for (const float value : known[d]) sum += static_cast<double>(value);
      const double mean = sum / static_cast<double>(known[d].size());
      // One rounding to float32.
      EXPECT_FLOAT_EQ(got[c][d], missing[c][d] ? static_cast<float>(mean) : table[c][d]);
    }
  }
}

// A table with other numbers below 0 marks nothing by -1.
TEST(MissingDescriptionsTest, OfTablesWithNegativeNumbersAreNotMarkedByMinusOne) {
  const Rows table = {{2, -1}, {4, -0.5}, {-3, 8}};
  for (const MissingDescriptions missing : {kAuto, kMean, kKeep, kRefuse, kNan}) {
    const Warnings warnings;
    EXPECT_EQ(filled(table, missing), table);
    EXPECT_EQ(warnings.count({"missing"}), 0);
  }
  const Rows only_marks = {{-1, -1}, {-1, 0}};
  EXPECT_EQ(filled(only_marks, kAuto), only_marks);  // nothing above 0: codes of some kind
}

TEST(MissingDescriptionsTest, InDoubtAreRefusedUnlessSomebodySaysWhatTheyAre) {
  const struct {
    Rows table;
    const char* beside;
  } cases[] = {
      {{{1, -1}, {-1, 1}, {1, 1}},
       "2 entries of -1, the first of class \"class 0\", column 1 (counted from 0), beside 0 and "
       "1"},
      {{{1, 0}, {-1, 1}, {0, 1}}, "beside 0 and 1 alone"},
      {{{2, -1}, {4, -1}, {6, -1}}, "beside no other in column 1"},
      {{{2, -1}, {kNone, 1}, {3, 2}}, "beside 1 that are not finite, the first of class"},
  };
  for (const auto& c : cases) {
    expect_error(ErrorKind::kFormat,
                 {"attribute descriptions",
                  c.beside,
                  "missing descriptions mean",
                  &c == &cases[3] ? "missing descriptions nan" : "missing descriptions keep"},
                 [&] { (void)filled(c.table, kAuto); });
  }
  EXPECT_EQ(filled(cases[1].table, kMean), (Rows{{1, 0}, {.5F, 1}, {0, 1}}));
  EXPECT_EQ(filled(cases[0].table, kKeep), cases[0].table);
  EXPECT_EQ(filled(cases[3].table, kNan), (Rows{{2, -1}, {2.5, 1}, {3, 2}}));
  EXPECT_EQ(filled(cases[3].table, kMean), (Rows{{2, 1.5}, {2.5, 1}, {3, 2}}));
  expect_error(ErrorKind::kFormat, {"a known entry of column 1", "none of any class"}, [&] {
    (void)filled(cases[2].table, kMean);
  });
}

TEST(MissingDescriptionsTest, AreRefusedOrWarnedOfOnRequest) {
  const Rows table = {{2, -1}, {4, 1}, {0, 0}};
  expect_error(ErrorKind::kFormat,
               {"attribute descriptions: expected descriptions without missing entries, got 3"},
               [&] { (void)filled(table, kRefuse); });
  EXPECT_EQ(filled({{2, 3}, {4, 1}}, kRefuse), (Rows{{2, 3}, {4, 1}}));
  const Warnings warnings;
  (void)filled(table, kKeep);
  EXPECT_EQ(
      warnings.count({"entries of -1: 1", "all-zero descriptions: 1 (class 2)", "as they are"}), 1);
  expect_error(ErrorKind::kInvalidArgument, {"classes.embeddings[0]", "finite"}, [] {
    (void)filled({{2, kNone}, {1, 2}}, kKeep);
  });
}

class MissingInFiles : public testing::Test {
 protected:
  [[nodiscard]] Rows load(std::size_t space = 0) {
    return rows_of(load_dataset(options_).classes.embeddings[space]);
  }
  void write_table(const std::string& classes) {
    std::filesystem::remove_all(folder_.file("TOY"));
    test::write_files(folder_.file("TOY"), test::with(test::toy_table(), "classes.csv", classes));
  }

  test::TemporaryFolder folder_;
  DatasetOptions options_{
      .data_path = folder_.path(), .name = "TOY", .missing_descriptions = kAuto};
};

TEST_F(MissingInFiles, OfATableAreEmptyCellsAndNa) {
  const Rows expected = {{6, 1}, {6, 2}, {4, 0}, {8, 1}};
  for (const char* text : {"", "NA", "N/A", "n/a", "nan", "NaN", "inf"}) {
    const std::string cell(text);
    write_table("name,legs,wings\nant," + cell + "," + cell + "\nbee,6,2\ncat,4,0\ndog,8,1\n");
    EXPECT_EQ(load(), expected) << cell;
    options_.missing_descriptions = kKeep;
    expect_error(ErrorKind::kFormat, {"classes.csv: line 2, column 2", "a finite number"}, [&] {
      (void)load();
    });
    options_.missing_descriptions = kAuto;
  }
  write_table("name,legs,wings\nant,6,?\nbee,6,2\ncat,4,0\ndog,4,1\n");
  expect_error(
      ErrorKind::kFormat, {"line 2, column 3", "a finite number", "?"}, [&] { (void)load(); });
  write_table("name,legs,wings\nant,6,\nbee,6,NA\ncat,4,\ndog,4,nan\n");
  expect_error(
      ErrorKind::kFormat, {"a known entry of attribute \"wings\"", "none"}, [&] { (void)load(); });
}

// The first line is a class of which nothing is known, and no headings.
TEST_F(MissingInFiles, OfTheFirstClassOfATableAreNoHeadings) {
  write_table("ant,NA,NA\nbee,6,2\ncat,4,0\ndog,8,1\n");
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.classes.names, ElementsAre("ant", "bee", "cat", "dog"));
  EXPECT_EQ(rows_of(data.classes.embeddings[0]), (Rows{{6, 1}, {6, 2}, {4, 0}, {8, 1}}));
}

TEST_F(MissingInFiles, OfWordVectorsInText) {
  write_table("name,legs,wings\nant,6,0\nbee,6,2\ncat,4,0\ndog,4,1\n");
  options_.train_mode = TrainMode::kWord;
  options_.word_vectors = folder_.write("words.csv", "ant,.5,\nbee,-2,2\ncat,NA,4\ndog,.75,nan\n");
  EXPECT_EQ(load(), (Rows{{.5, 3}, {-2, 2}, {-.25, 4}, {.75, 3}}));
  options_.missing_descriptions = kKeep;
  expect_error(ErrorKind::kFormat, {"words.csv", "an empty cell"}, [&] { (void)load(); });
  options_.missing_descriptions = kAuto;
  options_.word_vectors = folder_.write("words.csv", "ant,NA,NA\nbee,-1,2\ncat,3,4\ndog,.5,6\n");
  expect_error(ErrorKind::kFormat, {"words.csv", "headings or numbers"}, [&] { (void)load(); });
}

// att is made of original_att, a column divided by its norm: what is -1 there is below all others
// here. Known: class one 1 2, class three 3 8, attributes a column a class in the file.
TEST_F(MissingInFiles, OfOriginalAttributesAreMissingInTheNormalisedOnesToo) {
  const auto split =
      test::with(test::with(test::toy_split(),
                            test::matrix("att", 2, 4, {.25, -.125, .75, .5, .5, .375, .25, .625})),
                 test::matrix("original_att", 2, 4, {1, -1, 3, 2, 2, 3, 1, 5}));
  test::write_toy_gbu(folder_.file("TOY"), test::toy_features(), split);
  std::string log;
  set_log_sink([&](LogLevel, std::string_view message) { log.append(message).push_back('\n'); });
  const Dataset data = load_dataset(options_);
  set_log_sink(nullptr);
  EXPECT_NE(log.find("missing: entries that come from -1: 1; filled in"), std::string::npos) << log;
  EXPECT_EQ(rows_of(data.classes.embeddings[0]),
            (Rows{{.25, .5}, {.5, .375}, {.75, .25}, {.5, .625}}));
  EXPECT_EQ(data.num_missing, 1);
  for (const MissingDescriptions stays : {kKeep, kNan}) {
    options_.missing_descriptions = stays;
    const Warnings warnings;
    const Dataset kept = load_dataset(options_);
    EXPECT_EQ(kept.classes.embeddings[0](1, 0), -.125F);
    EXPECT_EQ(kept.num_missing, 1);
    EXPECT_EQ(warnings.count({"original_att", "1 entries of -1", "used as they are"}), 1);
  }
  options_.missing_descriptions = kRefuse;
  expect_error(ErrorKind::kFormat, {"original_att", "1 missing"}, [&] { (void)load(); });
  options_.missing_descriptions = kAuto;
  options_.original_attributes = true;
  EXPECT_EQ(load(), (Rows{{1, 2}, {2, 3}, {3, 1}, {2, 5}}));
}

// Somebody has seen to it: what stands there is not the lowest.
TEST_F(MissingInFiles, OfOriginalAttributesThatWereFilledInStay) {
  test::write_toy_gbu(folder_.file("TOY"));
  const Warnings warnings;
  EXPECT_EQ(load()[2][1], 1.8F);
  EXPECT_EQ(warnings.count({"missing"}), 0);
}

TEST_F(MissingInFiles, OfLayoutDemAreFilledInByDistinctDescription) {
  test::write_toy_cub(folder_.path());
  options_.name = "CUB";
  const double none = std::numeric_limits<double>::quiet_NaN();
  write_mat4(folder_.path(),
             "CUB_data",
             test::matrix("train_attr", 5, 2, {10, none, 30, 40, 10, none, 50, 60, 30, 40}));
  write_mat4(folder_.path(), "CUB_data", test::matrix("test_proto", 2, 2, {1, 2, none, 18}));
  // Known: 10 30 50 1 and 40 60 2 18, a class each once.
  EXPECT_EQ(load(), (Rows{{10, 30}, {30, 40}, {50, 60}, {1, 2}, {22.75, 18}}));
  options_.missing_descriptions = kKeep;
  expect_error(ErrorKind::kFormat, {"test_proto", "finite"}, [&] { (void)load(); });
}

TEST_F(MissingInFiles, OfEveryShardAreFilledInAlike) {
  write_table("name,legs,wings\nant,6,0\nbee,NA,2\ncat,4,0\ndog,5,1\n");
  const Dataset whole = load_dataset(options_);
  for (int rank = 0; rank < 2; ++rank) {
    options_.shard = {rank, 2};
    const Dataset shard = load_dataset(options_);
    EXPECT_EQ(shard.fingerprint, whole.fingerprint);
    EXPECT_EQ(shard.num_missing, 1);
    EXPECT_EQ(shard.classes.embeddings[0](1, 0), 5.0F);
  }
}

class MissingInNewClasses : public testing::Test {
 protected:
  MissingInNewClasses() {
    known_.names = {"old", "older"};
    known_.seen = {true, true};
    known_.spaces = {"attribute"};
    known_.embeddings.push_back(matrix_of({{2, 1}, {4, 0}}));
  }
  [[nodiscard]] Rows read(const std::string& text, MissingDescriptions missing) {
    const ClassFile file{folder_.write("new.csv", text)};
    return rows_of(read_new_classes({&file, 1}, "", known_, missing).embeddings[0]);
  }
  test::TemporaryFolder folder_;
  ClassTable known_;
};

TEST_F(MissingInNewClasses, BecomeMeansOverTheModelsClasses) {
  EXPECT_EQ(read("ox,9,\nyak,NA,7\n", kAuto), (Rows{{9, .5}, {3, 7}}));
  EXPECT_EQ(read("ox,9,-1\n", kAuto), (Rows{{9, .5}}));
  EXPECT_EQ(read("ox,9,-1\nemu,0,0\n", kMean), (Rows{{9, .5}, {3, .5}}));
  EXPECT_EQ(read("ox,9,-1\n", kNan), (Rows{{9, -1}}));
  expect_error(
      ErrorKind::kFormat, {"new.csv", "an empty cell"}, [&] { (void)read("ox,9,\n", kKeep); });
  expect_error(ErrorKind::kFormat,
               {"1 entries of -1, the first of class \"ox\"", "beside 1 that are not finite"},
               [&] { (void)read("ox,nan,-1\n", kAuto); });
  expect_error(ErrorKind::kFormat, {"new classes, space \"attribute\"", "1 missing"}, [&] {
    (void)read("ox,9,-1\n", kRefuse);
  });
  const Warnings warnings;
  EXPECT_EQ(read("ox,9,-1\n", kKeep), (Rows{{9, -1}}));
  EXPECT_EQ(warnings.count({"entries of -1: 1", "used as they are"}), 1);
}

// -1 is a number where the model has it, or others below 0.
TEST_F(MissingInNewClasses, OfAModelWithNegativeNumbersAreNotMarkedByMinusOne) {
  for (const float below : {-1.0F, -0.5F}) {
    known_.embeddings[0](0, 0) = below;
    EXPECT_EQ(read("ox,9,-1\n", kAuto), (Rows{{9, -1}})) << below;
  }
}

}  // namespace
}  // namespace dem
