// Labels and lists of layout gbu as people have them: from 0 or from 1, masks, names, one-hot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dem/data/dataset.h"
#include "gbu_toy.h"
#include "support/log_lines.h"

namespace dem {
namespace {

using test::column;
using test::expect_error;
using test::lines;
using test::LogLines;
using test::matrix;
using test::TemporaryFolder;
using test::toy_features;
using test::toy_split;
using test::Variable;
using test::with;
using test::without;
using testing::ElementsAre;

// Lists of the toy dataset, 0-based, as load_dataset gives them.
constexpr std::initializer_list<int> kTrainval = {6, 0, 2, 7};

class GbuRows : public testing::Test {
 protected:
  void SetUp() override {
    options_.data_path = folder_.path();
    options_.name = "TOY";
  }
  void write(const std::vector<Variable>& features, const std::vector<Variable>& split) {
    test::write_toy_gbu(folder_.file("TOY"), features, split);
  }
  void write_labels(const Variable& labels, const std::vector<Variable>& split = toy_split()) {
    write(with(toy_features(), labels), split);
  }
  // Loads, and expects the toy's labels and split whatever the files look like.
  void expect_toy(const std::string& what, bool sorted = false) {
    SCOPED_TRACE(what);
    const Dataset data = load_dataset(options_);
    EXPECT_THAT(data.labels, ElementsAre(0, 0, 1, 1, 2, 2, 3, 3));
    std::vector<Index> trainval(kTrainval.begin(), kTrainval.end());
    if (sorted) std::sort(trainval.begin(), trainval.end());
    EXPECT_EQ(data.split.trainval, trainval);
    EXPECT_THAT(data.split.train, ElementsAre(0, 2));
    EXPECT_THAT(data.split.val, ElementsAre(6, 7));
    EXPECT_THAT(data.split.test_seen, ElementsAre(1, 3));
    EXPECT_THAT(data.unseen_classes, ElementsAre(2));
  }
  void expect_load_error(ErrorKind kind, std::initializer_list<std::string_view> texts) {
    expect_error(kind, texts, [&] { (void)load_dataset(options_); });
  }

  TemporaryFolder folder_;
  DatasetOptions options_;
};

// The toy's split with lists that count from 0.
std::vector<Variable> split_from_zero() {
  std::vector<Variable> split = toy_split();
  for (Variable& v : split) {
    if (!v.name.ends_with("_loc")) continue;
    for (double& value : v.values) value -= 1.0;
  }
  return split;
}

Variable labels_from_zero() {
  return column("labels", {0, 0, 1, 1, 2, 2, 3, 3});
}

// The toy's split with a mask in place of every list.
std::vector<Variable> split_of_masks() {
  std::vector<Variable> split = toy_split();
  for (Variable& v : split) {
    if (!v.name.ends_with("_loc")) continue;
    std::vector<double> mask(8);
    for (const double row : v.values) mask[static_cast<std::size_t>(row) - 1] = 1.0;
    v = column(v.name, mask);
  }
  return split;
}

TEST_F(GbuRows, LabelsAndListsHaveABaseEach) {
  const LogLines log;
  write(toy_features(), toy_split());
  expect_toy("both from 1");
  EXPECT_EQ(log.count({"count from"}), 0);
  write_labels(labels_from_zero());
  expect_toy("labels from 0");
  EXPECT_EQ(log.count({"TOY", "labels count from 0, rows in the lists count from 1"}), 1);
  write(toy_features(), split_from_zero());
  expect_toy("lists from 0");
  EXPECT_EQ(log.count({"labels count from 1, rows in the lists count from 0"}), 1);
  write_labels(labels_from_zero(), split_from_zero());
  expect_toy("both from 0");
  EXPECT_EQ(log.count({"labels count from 0, rows in the lists count from 0"}), 1);
}

TEST_F(GbuRows, ABaseThatIsSaidIsThatOfAll) {
  options_.index_base = 0;
  write_labels(labels_from_zero(), split_from_zero());
  expect_toy("both from 0");
  write_labels(labels_from_zero());
  expect_load_error(ErrorKind::kFormat, {"_loc", "rows 0 .. 7", "got 8", "index base 1"});
  options_.index_base = 1;
  write_labels(labels_from_zero());
  expect_load_error(ErrorKind::kFormat, {"labels", "classes 1 .. 4", "got 0", "index base 0"});
}

// Neither the first nor the last row is in a list. From 1, rows 1 .. 6 (0-based) are those of the
// toy; from 0 the first unseen one would be of class two, which is trained on.
TEST_F(GbuRows, ListsInDoubtAreReadByTheirClasses) {
  const auto short_split = [](double base) {
    std::vector<Variable> split = without(without(toy_split(), "train_loc"), "val_loc");
    split = with(split, column("trainval_loc", {1 + base, 2 + base}));
    split = with(split, column("test_unseen_loc", {4 + base, 5 + base}));
    return with(split, column("test_seen_loc", {3 + base}));
  };
  for (const double base : {0.0, 1.0}) {
    SCOPED_TRACE(base);
    write(toy_features(), short_split(base));
    const Dataset data = load_dataset(options_);
    EXPECT_THAT(data.split.trainval, ElementsAre(1, 2));
    EXPECT_THAT(data.split.test_unseen, ElementsAre(4, 5));
  }
}

TEST_F(GbuRows, ListsThatMayCountFromEitherAreRefused) {
  std::vector<Variable> split = without(without(toy_split(), "train_loc"), "val_loc");
  split = with(without(split, "test_seen_loc"), column("trainval_loc", {2}));
  split = with(split, column("test_unseen_loc", {5}));
  write(toy_features(), split);
  expect_load_error(
      ErrorKind::kFormat,
      {"trainval_loc", "count from", "index base 0 or index base 1", "2 .. 5 of 8 rows"});
  options_.index_base = 0;
  EXPECT_THAT(load_dataset(options_).split.trainval, ElementsAre(2));
  options_.index_base = 1;
  EXPECT_THAT(load_dataset(options_).split.trainval, ElementsAre(1));
}

TEST_F(GbuRows, ListsThatCountDifferentlyAreRefused) {
  write(toy_features(), with(toy_split(), column("test_seen_loc", {0, 1})));
  expect_load_error(ErrorKind::kFormat,
                    {"test_seen_loc", "count from one number", "got a 0", "8", "trainval_loc"});
}

// Class four has no image: labels 1 .. 3 of four classes may as well be 0-based.
TEST_F(GbuRows, LabelsThatMayCountFromEitherAreRefused) {
  const auto split = with(with(without(without(toy_split(), "train_loc"), "val_loc"),
                               column("trainval_loc", {7, 1, 8})),
                          column("test_seen_loc", {2}));
  write_labels(column("labels", {1, 1, 2, 2, 2, 2, 3, 3}),
               with(split, column("test_unseen_loc", {3, 4, 5, 6})));
  expect_load_error(ErrorKind::kFormat, {"labels", "index base 0 or index base 1", "4 classes"});
  options_.index_base = 1;
  EXPECT_THAT(load_dataset(options_).labels, ElementsAre(0, 0, 1, 1, 1, 1, 2, 2));
}

TEST_F(GbuRows, MasksAreRows) {
  const LogLines log;
  std::vector<Variable> split = split_of_masks();
  write(toy_features(), split);
  expect_toy("masks", true);
  EXPECT_EQ(log.count({"read as masks", "trainval_loc", "val_loc", "test_unseen_loc"}), 1);
  write_labels(labels_from_zero(), split);
  expect_toy("masks and labels from 0", true);
  write_labels(labels_from_zero(), with(split_from_zero(), split[3]));
  expect_toy("one mask beside lists from 0", true);
  EXPECT_EQ(split[3].name, "trainval_loc");
}

TEST_F(GbuRows, TrainingRowsOfMasksWithoutTrainval) {
  write(toy_features(),
        with(without(split_of_masks(), "trainval_loc"),
             column("train_loc", {1, 0, 1, 0, 0, 0, 0, 0})));
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.split.trainval, ElementsAre(0, 2, 6, 7));
  EXPECT_THAT(data.split.val, ElementsAre(6, 7));
}

TEST_F(GbuRows, AListOfZerosAndOnesOfAnotherLengthIsNoMask) {
  write(toy_features(), with(toy_split(), column("test_seen_loc", {1, 0, 1})));
  expect_load_error(ErrorKind::kFormat, {"test_seen_loc", "got a 0"});
}

// Row 1 (0-based) is in no list: whatever its label is, it is not used.
TEST_F(GbuRows, LabelsAreCheckedWhereTheyAreUsed) {
  const auto split = with(toy_split(), column("test_seen_loc", {4}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double label : {0.0, -1.0, 99.0, nan}) {
    SCOPED_TRACE(label);
    const LogLines log;
    write_labels(column("labels", {1, label, 2, 2, 3, 3, 4, 4}),
                 with(split, column("train_loc", {1, 3})));
    const Dataset data = load_dataset(options_);
    EXPECT_THAT(data.labels, ElementsAre(0, -1, 1, 1, 2, 2, 3, 3));
    EXPECT_EQ(log.count({"labels", "rows without a class: 1 of 8"}), 1);
  }
  write_labels(column("labels", {1, 1, 2, -1, 3, 3, 4, 4}));
  expect_load_error(ErrorKind::kFormat, {"labels", "in a list", "got -1", "position 3"});
  write_labels(column("labels", {1, 1, 2, nan, 3, 3, 4, 4}));
  expect_load_error(ErrorKind::kFormat, {"labels", "in a list", "got none", "position 3"});
  write_labels(column("labels", {1, 1, 2, 2.5, 3, 3, 4, nan}));
  expect_load_error(ErrorKind::kFormat, {"labels", "whole numbers", "2.5", "position 3"});
}

TEST_F(GbuRows, OneHotLabelsEitherWayRound) {
  std::vector<double> by_row(32);
  std::vector<double> by_column(32);
  for (std::size_t i = 0; i < 8; ++i) {
    by_row[4 * i + i / 2] = 1.0;
    by_column[8 * (i / 2) + i] = 1.0;
  }
  const LogLines log;
  write_labels(matrix("labels", 8, 4, by_row));
  expect_toy("rows");
  write_labels(matrix("labels", 4, 8, by_column));
  expect_toy("columns");
  EXPECT_EQ(log.count({"labels", "one-hot"}), 2);

  by_row[4 * 3 + 1] = 0.0;  // row 3, a test row, has no class
  write_labels(matrix("labels", 8, 4, by_row));
  expect_load_error(ErrorKind::kFormat, {"labels", "a 1 in each row", "position 3"});
  by_row[4 * 3 + 1] = by_row[4 * 3 + 2] = 1.0;
  write_labels(matrix("labels", 8, 4, by_row));
  expect_load_error(ErrorKind::kFormat, {"one-hot labels, one 1", "2 of them in that of row 3"});
  by_row[4 * 3 + 2] = 0.5;
  write_labels(matrix("labels", 8, 4, by_row));
  expect_load_error(ErrorKind::kFormat, {"one-hot labels", "0.5 in that of row 3"});
  write_labels(matrix("labels", 8, 3, std::vector<double>(24)));
  expect_load_error(ErrorKind::kShapeMismatch, {"labels", "8 rows and 4 classes", "[8, 3]"});
}

TEST_F(GbuRows, LabelsMayBeNamesOfClasses) {
  const std::vector<std::string> names = {
      "one", "one", "two", "two", "three", "three", "four", "four"};
  const LogLines log;
  write_labels(lines("labels", names));
  expect_toy("names");
  EXPECT_EQ(log.count({"labels", "names of classes"}), 1);
  std::vector<std::string> wrong = names;
  wrong[3] = "tow";
  write_labels(lines("labels", wrong));
  expect_load_error(ErrorKind::kFormat, {"labels", "allclasses_names", "\"tow\"", "position 3"});
  write_labels(lines("labels", names), without(toy_split(), "allclasses_names"));
  expect_load_error(ErrorKind::kFormat, {"labels", "class numbers", "no class names"});
  write_labels(lines("labels", names),
               with(toy_split(), lines("allclasses_names", {"one", "two", "two", "four"})));
  expect_load_error(ErrorKind::kFormat, {"labels", "several classes", "\"two\""});
}

TEST_F(GbuRows, ClassNamesThatAreNoTextAreRefused) {
  write(toy_features(), with(toy_split(), column("allclasses_names", {1, 2, 3, 4})));
  expect_load_error(ErrorKind::kFormat, {"allclasses_names", "expected text", "float64 [4, 1]"});
}

}  // namespace
}  // namespace dem
