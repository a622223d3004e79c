// Which files and tables of layout gbu are read, and which way round.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

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
using test::write_mat4;
using testing::ElementsAre;

std::vector<float> row(const Matrix<float>& m, Index i) {
  return {m.row(i).begin(), m.row(i).end()};
}

class GbuFiles : public testing::Test {
 protected:
  void SetUp() override {
    options_.data_path = folder_.path();
    options_.name = "TOY";
    test::write_toy_gbu(folder_.file("TOY"));
  }
  void write_split_with(const Variable& changed) {
    test::write_toy_gbu(folder_.file("TOY"), toy_features(), with(toy_split(), changed));
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return folder_.file("TOY/" + name);
  }
  void expect_load_error(ErrorKind kind, std::initializer_list<std::string_view> texts) {
    expect_error(kind, texts, [&] { (void)load_dataset(options_); });
  }

  TemporaryFolder folder_;
  DatasetOptions options_;
};

// Two sentences' numbers a class.
std::vector<Variable> sentence_split() {
  return with(without(toy_split(), "original_att"),
              matrix("att", 2, 4, {10, 20, 30, 40, 11, 21, 31, 41}));
}

TEST_F(GbuFiles, ASplitFileIsChosenAndOthersAreNamed) {
  write_mat4(file("sent_splits.mat"), sentence_split());
  {
    const LogLines log;
    EXPECT_EQ(load_dataset(options_).classes.embeddings[0].cols(), 3);
    EXPECT_EQ(log.count({"att_splits.mat: read", "sent_splits.mat", "split file"}), 1);
  }
  options_.split_file = "sent_splits.mat";
  const LogLines log;
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(row(data.classes.embeddings[0], 1), ElementsAre(20, 21));
  EXPECT_FALSE(data.has_original_attributes);
  EXPECT_THAT(data.files, ElementsAre(file("sent_splits.mat"), file("res101.mat")));
  EXPECT_EQ(log.count({"another split file"}), 0);
  options_.split_file = file("sent_splits.mat");
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[0], 1), ElementsAre(20, 21));
  options_.split_file = "no.mat";
  expect_load_error(ErrorKind::kIo, {"split file", "no.mat", "att_splits.mat, sent_splits.mat"});
}

TEST_F(GbuFiles, TheOnlySplitFileIsTakenAndOfSeveralOneIsChosen) {
  write_mat4(file("sent_splits.mat"), sentence_split());
  std::filesystem::remove(file("att_splits.mat"));
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[0], 1), ElementsAre(20, 21));
  write_mat4(file("binaryAtt_splits.mat"), toy_split());
  expect_load_error(ErrorKind::kInvalidArgument,
                    {"binaryAtt_splits.mat, sent_splits.mat", "choose a split file"});
  options_.split_file = "binaryAtt_splits.mat";
  EXPECT_EQ(load_dataset(options_).classes.embeddings[0].cols(), 3);
}

// `att` of a split file as word vectors, in its own order of classes, with one more.
TEST_F(GbuFiles, WordVectorsMayBeASplitFileByName) {
  auto sentences =
      with(sentence_split(), matrix("att", 2, 5, {40, 30, 0, 20, 10, 41, 31, 0, 21, 11}));
  sentences = with(sentences, lines("allclasses_names", {"four", "three", "zero", "two", "one"}));
  options_.word_vectors = folder_.file("sent_splits.mat");
  write_mat4(options_.word_vectors, sentences);
  options_.train_mode = TrainMode::kFusion;
  {
    const LogLines log;
    const Dataset data = load_dataset(options_);
    EXPECT_THAT(row(data.classes.embeddings[0], 0), ElementsAre(10, 11));
    EXPECT_THAT(row(data.classes.embeddings[0], 3), ElementsAre(40, 41));
    EXPECT_EQ(log.count({"sent_splits.mat", "1 row of another class", "\"zero\""}), 1);
  }
  write_mat4(options_.word_vectors, without(sentence_split(), "allclasses_names"));
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[0], 3), ElementsAre(40, 41));
  write_mat4(options_.word_vectors,
             with(sentence_split(), lines("allclasses_names", {"one", "two", "six", "four"})));
  expect_load_error(ErrorKind::kFormat, {"sent_splits.mat", "\"three\""});
  write_mat4(options_.word_vectors,
             with(sentence_split(), lines("allclasses_names", {"one", "two", "two", "four"})));
  expect_load_error(ErrorKind::kFormat, {"sent_splits.mat", "\"two\" twice"});
}

TEST_F(GbuFiles, AFurtherSpaceMayBeASplitFileByName) {
  const auto sentences =
      with(with(sentence_split(), matrix("att", 2, 4, {40, 30, 20, 10, 41, 31, 21, 11})),
           lines("allclasses_names", {"four", "three", "two", "one"}));
  write_mat4(folder_.file("sent_splits.mat"), sentences);
  options_.more_spaces = {{"sentence", folder_.file("sent_splits.mat")}};
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[1], 1), ElementsAre(20, 21));
}

// Four classes of four attributes, of length 1 along the classes.
std::vector<double> unit_columns() {
  return {.6, 0, 1, .8, .8, 1, 0, 0, 0, 0, 0, .6, 0, 0, 0, 0};
}

std::vector<double> transposed(const std::vector<double>& square) {
  std::vector<double> turned;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) turned.push_back(square[4 * j + i]);
  }
  return turned;
}

TEST_F(GbuFiles, UnitLengthTellsTheClassesOfASquareTable) {
  std::vector<double> original = unit_columns();
  for (double& value : original) value *= 7.0;
  for (const bool turned : {false, true}) {
    SCOPED_TRACE(turned);
    const auto values = turned ? transposed(unit_columns()) : unit_columns();
    auto split = with(toy_split(), matrix("att", 4, 4, values));
    split = with(split, matrix("original_att", 4, 4, turned ? transposed(original) : original));
    test::write_toy_gbu(folder_.file("TOY"), toy_features(), split);
    options_.original_attributes = false;
    EXPECT_THAT(row(load_dataset(options_).classes.embeddings[0], 3), ElementsAre(.8F, 0, .6F, 0));
    // These are not of length 1, and lie as att does.
    options_.original_attributes = true;
    const auto classes = row(load_dataset(options_).classes.embeddings[0], 0);
    EXPECT_THAT(classes, ElementsAre(static_cast<float>(.6 * 7), static_cast<float>(.8 * 7), 0, 0));
  }
}

TEST_F(GbuFiles, ASquareTableThatDoesNotTellIsAskedAfter) {
  std::vector<double> values;
  for (int i = 0; i < 16; ++i) values.push_back(i);
  const auto split = with(without(toy_split(), "original_att"), matrix("att", 4, 4, values));
  test::write_toy_gbu(folder_.file("TOY"), toy_features(), split);
  expect_load_error(ErrorKind::kShapeMismatch,
                    {"att", "square", "descriptions in rows or descriptions in columns"});
  options_.description_axis = SampleAxis::kRows;
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[0], 1), ElementsAre(4, 5, 6, 7));
  options_.description_axis = SampleAxis::kColumns;
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[0], 1), ElementsAre(1, 5, 9, 13));
}

TEST_F(GbuFiles, ATableInRowsIsReadWhereThatIsSaid) {
  write_split_with(matrix("att", 4, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  expect_load_error(ErrorKind::kShapeMismatch, {"att", "transposed"});
  options_.description_axis = SampleAxis::kRows;
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[0], 1), ElementsAre(4, 5, 6));
}

TEST_F(GbuFiles, WhichKindOfAttributesIsReadIsLogged) {
  const LogLines log;
  (void)load_dataset(options_);
  EXPECT_EQ(log.count({"attributes are att; original_att is there"}), 1);
  options_.original_attributes = true;
  (void)load_dataset(options_);
  EXPECT_EQ(log.count({"attributes are original_att; att is there"}), 1);
}

// Class two is described and has images, none of them in a list.
TEST_F(GbuFiles, ClassesOfNoListAreNamed) {
  auto split = without(without(toy_split(), "train_loc"), "val_loc");
  split = with(with(split, column("trainval_loc", {7, 1, 8})), column("test_seen_loc", {2}));
  test::write_toy_gbu(folder_.file("TOY"), toy_features(), split);
  const LogLines log;
  (void)load_dataset(options_);
  EXPECT_EQ(log.count({"classes of which no image is trained or tested on (1): two"}), 1);
}

}  // namespace
}  // namespace dem
