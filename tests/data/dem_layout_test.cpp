#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "dem/data/dataset.h"
#include "dem_toy.h"

namespace dem {
namespace {

using test::column;
using test::expect_error;
using test::matrix;
using test::TemporaryFolder;
using test::Warnings;
using test::write_mat4;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<float> row(const Matrix<float>& m, Index i) {
  return {m.row(i).begin(), m.row(i).end()};
}

class DemLayout : public testing::Test {
 protected:
  Dataset load(const std::string& name, TrainMode mode = TrainMode::kAttribute) {
    return load_dataset({.data_path = folder_.path(),
                         .name = name,
                         .train_mode = mode,
                         .word_vectors = word_vectors_});
  }
  void put_cub(const test::Variable& v) { write_mat4(folder_.path(), "CUB_data", v); }
  void expect_cub_error(ErrorKind kind, std::initializer_list<std::string_view> texts) {
    expect_error(kind, texts, [&] { (void)load("CUB"); });
  }

  TemporaryFolder folder_;
  std::string word_vectors_;
};

TEST_F(DemLayout, FindsTrainingClassesByTheirDescriptions) {
  test::write_toy_cub(folder_.path());
  const Dataset data = load("CUB");
  EXPECT_EQ(data.name, "CUB");
  EXPECT_EQ(data.layout, "dem");
  EXPECT_THAT(data.labels, ElementsAre(0, 1, 0, 2, 1, 4, 3, 3, 4));
  EXPECT_THAT(data.classes.names, ElementsAre("train-1", "train-2", "train-3", "4", "2"));
  EXPECT_THAT(data.classes.seen, ElementsAre(true, true, true, false, false));
  EXPECT_THAT(data.classes.spaces, ElementsAre("attribute"));
  ASSERT_EQ(data.classes.embeddings[0].rows(), 5);
  EXPECT_THAT(row(data.classes.embeddings[0], 0), ElementsAre(10, 20));
  EXPECT_THAT(row(data.classes.embeddings[0], 2), ElementsAre(50, 60));
  EXPECT_THAT(row(data.classes.embeddings[0], 3), ElementsAre(1, 2));
  EXPECT_THAT(row(data.classes.embeddings[0], 4), ElementsAre(3, 4));
  EXPECT_THAT(data.seen_classes, ElementsAre(0, 1, 2));
  EXPECT_THAT(data.unseen_classes, ElementsAre(3, 4));
}

TEST_F(DemLayout, PutsTrainingImagesBeforeTestImages) {
  test::write_toy_cub(folder_.path());
  const Dataset data = load("CUB");
  ASSERT_EQ(data.visual_features.rows(), 9);
  ASSERT_EQ(data.feature_dim(), 3);
  for (Index i = 0; i < 9; ++i) {
    const auto tens = static_cast<float>(10 * i);
    EXPECT_THAT(row(data.visual_features, i), ElementsAre(tens, tens + 1, tens + 2)) << i;
  }
  EXPECT_THAT(data.split.trainval, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(data.split.test_unseen, ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(data.split.test_seen, IsEmpty());
  EXPECT_THAT(data.split.train, IsEmpty());
  EXPECT_THAT(data.split.val, IsEmpty());
  EXPECT_THAT(data.file_starts, ElementsAre(0, 5));
  EXPECT_EQ(data.row_in_file(4), 4);
  EXPECT_EQ(data.row_in_file(7), 2);
}

TEST_F(DemLayout, ReadsOnlyTheFilesThatTheModeNeeds) {
  test::write_toy_awa(folder_.path());
  std::filesystem::remove_all(folder_.file("AwA_data/wordvector"));
  const Dataset data = load("AwA");
  std::vector<std::string> names;
  for (const auto& file : data.files) {
    names.push_back(std::filesystem::relative(file, folder_.file("AwA_data")).string());
  }
  EXPECT_THAT(names,
              testing::UnorderedElementsAre("testclasses_id.mat",
                                            "test_labels.mat",
                                            "test_googlenet_bn.mat",
                                            "train_googlenet_bn.mat",
                                            "attribute/pca_te_con_10x85.mat",
                                            "attribute/Z_s_con.mat"));
}

TEST_F(DemLayout, EachModeCountsTheDistinctRowsOfItsSpaces) {
  test::write_toy_awa(folder_.path());
  EXPECT_THAT(load("AwA", TrainMode::kAttribute).labels, ElementsAre(0, 0, 1, 0, 3, 2, 3));
  EXPECT_THAT(load("AwA", TrainMode::kWord).labels, ElementsAre(0, 1, 0, 0, 3, 2, 3));
  const Dataset both = load("AwA", TrainMode::kFusion);
  EXPECT_THAT(both.labels, ElementsAre(0, 1, 2, 0, 4, 3, 4));
  EXPECT_THAT(both.classes.spaces, ElementsAre("word", "attribute"));
  EXPECT_THAT(row(both.classes.embeddings[0], 1), ElementsAre(.4F, .5F, .6F));
  EXPECT_THAT(row(both.classes.embeddings[1], 1), ElementsAre(1, 2));
  EXPECT_THAT(row(both.classes.embeddings[0], 4), ElementsAre(1, 1.1F, 1.2F));
  EXPECT_THAT(row(both.classes.embeddings[1], 4), ElementsAre(7, 8));
}

TEST_F(DemLayout, CubWordModesNeedWordVectors) {
  test::write_toy_cub(folder_.path());
  for (const TrainMode mode : {TrainMode::kWord, TrainMode::kFusion}) {
    expect_error(
        ErrorKind::kInvalidArgument,
        {to_string(mode), "dataset CUB has no word vectors", "give a file of word vectors"},
        [&] { (void)load("CUB", mode); });
  }
}

TEST_F(DemLayout, TakesWordVectorsWithARowAnImage) {
  test::write_toy_cub(folder_.path());
  word_vectors_ = folder_.file("words.mat");
  write_mat4(word_vectors_, {matrix("anything", 7, 2, {1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 8, 8, 9, 9})});
  const Dataset data = load("CUB", TrainMode::kWord);
  EXPECT_THAT(data.labels, ElementsAre(0, 1, 0, 1, 0, 3, 2, 2, 3));
  EXPECT_THAT(row(data.classes.embeddings[0], 1), ElementsAre(2, 2));
  EXPECT_THAT(row(data.classes.embeddings[0], 2), ElementsAre(8, 8));
  EXPECT_EQ(load("CUB", TrainMode::kFusion).classes.size(), 6);  // pairs a1 b2 c2 b1 and two tests
}

// Class numbers 1 .. 5, of which 4 and 2 are test classes: the training descriptions a, b, c are
// classes 1, 3, 5.
TEST_F(DemLayout, TakesWordVectorsWithARowAClassNumber) {
  test::write_toy_cub(folder_.path());
  word_vectors_ = folder_.file("words.mat");
  write_mat4(word_vectors_, {matrix("w", 5, 2, {1, -1, 2, -2, 3, -3, 4, -4, 5, -5})});
  const Dataset data = load("CUB", TrainMode::kFusion);
  EXPECT_THAT(data.labels, ElementsAre(0, 1, 0, 2, 1, 4, 3, 3, 4));
  const float expected[] = {1, 3, 5, 4, 2};
  for (Index c = 0; c < 5; ++c) EXPECT_EQ(data.classes.embeddings[0](c, 0), expected[c]) << c;
  EXPECT_EQ(data.files.back(), word_vectors_);
}

// Classes have numbers alone here: other names are compared with nothing, which is said.
TEST_F(DemLayout, WarnsOfNamesBesideWordVectors) {
  test::write_toy_cub(folder_.path());
  word_vectors_ = folder_.file("words.csv");
  test::Warnings warnings;
  for (const char* names : {"abcde", "12345"}) {
    std::ofstream file(word_vectors_);
    file << "class,x,y\n";
    for (int c = 0; c < 5; ++c) file << names[c] << "," << c + 1 << ",0\n";
    file.close();
    EXPECT_EQ(load("CUB", TrainMode::kWord).classes.embeddings[0](1, 0), 3) << names;
  }
  EXPECT_EQ(warnings.count({"words.csv", "has names, but classes of layout dem have none"}), 1);
}

// In files as word vectors have them: a row a class, or a row an image.
TEST_F(DemLayout, FurtherSpacesComeInFiles) {
  test::write_toy_cub(folder_.path());
  const std::string path = folder_.file("glove.mat");
  DatasetOptions options{.data_path = folder_.path(), .name = "CUB"};
  options.more_spaces = {{"glove", path}};
  write_mat4(path, {matrix("w", 5, 2, {1, -1, 2, -2, 3, -3, 4, -4, 5, -5})});
  const Dataset data = load_dataset(options);
  EXPECT_THAT(data.classes.spaces, ElementsAre("attribute", "glove"));
  options.train_mode = TrainMode::kWord;
  options.word_vectors = path;
  const Dataset words = load_dataset(options);
  EXPECT_THAT(words.classes.spaces, ElementsAre("word", "glove"));
  for (Index c = 0; c < data.classes.size(); ++c) {
    EXPECT_EQ(row(data.classes.embeddings[1], c), row(words.classes.embeddings[0], c)) << c;
  }
  options.more_spaces = {{"glove"}};
  expect_error(ErrorKind::kInvalidArgument, {"semantic space glove", "expected a file"}, [&] {
    (void)load_dataset(options);
  });
}

TEST_F(DemLayout, RefusesWordVectorsOfAnotherSize) {
  test::write_toy_cub(folder_.path());
  word_vectors_ = folder_.file("words.mat");
  write_mat4(word_vectors_, {matrix("w", 6, 1, {1, 2, 3, 4, 5, 6})});
  expect_error(ErrorKind::kShapeMismatch,
               {word_vectors_, "variable w", "expected [5, any]", "5 + 2 rows", "[6, 1]"},
               [&] { (void)load("CUB", TrainMode::kWord); });
  write_mat4(word_vectors_, {column("w", {1}), column("x", {2})});
  expect_error(ErrorKind::kFormat, {word_vectors_, "one numeric array", "w ", "x "}, [&] {
    (void)load("CUB", TrainMode::kWord);
  });
}

TEST_F(DemLayout, RefusesTestClassesBeyondTheWordVectors) {
  test::write_toy_cub(folder_.path());
  put_cub(column("testclasses_id", {4, 200}));
  put_cub(column("test_labels_cub", {200, 4, 4, 200}));
  word_vectors_ = folder_.file("words.mat");
  write_mat4(word_vectors_, {matrix("w", 5, 1, {1, 2, 3, 4, 5})});
  expect_error(ErrorKind::kFormat, {word_vectors_, "1 .. 5", "200"}, [&] {
    (void)load("CUB", TrainMode::kWord);
  });
}

TEST_F(DemLayout, OwnWordVectorsComeFirst) {
  test::write_toy_awa(folder_.path());
  word_vectors_ = folder_.file("absent.npy");
  Warnings warnings;
  EXPECT_EQ(load("AwA", TrainMode::kWord).classes.embeddings[0].cols(), 3);
  EXPECT_EQ(warnings.count({"absent.npy", "not read"}), 1);
}

TEST_F(DemLayout, GivenWordVectorsStandInForMissingFiles) {
  test::write_toy_awa(folder_.path());
  std::filesystem::remove_all(folder_.file("AwA_data/wordvector"));
  expect_error(ErrorKind::kIo, {"AwA_data/wordvector/test_vectors.mat"}, [&] {
    (void)load("AwA", TrainMode::kWord);
  });
  word_vectors_ = folder_.file("words.mat");
  write_mat4(word_vectors_, {column("w", {3, 3, 4, 5, 8, 9})});  // 4 images and 2 test classes
  const Dataset data = load("AwA", TrainMode::kWord);
  EXPECT_THAT(data.labels, ElementsAre(0, 0, 1, 2, 4, 3, 4));
  EXPECT_THAT(row(data.classes.embeddings[0], 4), ElementsAre(9));
}

TEST_F(DemLayout, MissingFileIsNamed) {
  test::write_toy_cub(folder_.path());
  std::filesystem::remove(folder_.file("CUB_data/test_proto.mat"));
  expect_cub_error(ErrorKind::kIo, {"CUB_data/test_proto.mat"});
}

TEST_F(DemLayout, MissingVariableIsNamed) {
  test::write_toy_cub(folder_.path());
  write_mat4(folder_.file("CUB_data/test_proto.mat"), {matrix("other", 2, 2, {1, 2, 3, 4})});
  expect_cub_error(ErrorKind::kFormat, {"CUB_data/test_proto.mat", "\"test_proto\"", "other"});
}

TEST_F(DemLayout, TransposedMatricesAreCalledSo) {
  test::write_toy_cub(folder_.path());
  put_cub(matrix("train_attr", 2, 5, {10, 30, 10, 50, 30, 20, 40, 20, 60, 40}));
  expect_cub_error(
      ErrorKind::kShapeMismatch,
      {"train_attr.mat", "variable train_attr", "expected [5, 2]", "[2, 5]", "transposed"});
  test::write_toy_cub(folder_.path());
  put_cub(matrix("test_cub_googlenet_bn", 3, 4, std::vector<double>(12)));
  expect_cub_error(ErrorKind::kShapeMismatch,
                   {"variable test_cub_googlenet_bn", "expected [4, any]", "[3, 4]", "transposed"});
}

TEST_F(DemLayout, ExtentsMustAgree) {
  test::write_toy_cub(folder_.path());
  put_cub(matrix("train_cub_googlenet_bn", 5, 4, std::vector<double>(20)));
  expect_cub_error(ErrorKind::kShapeMismatch,
                   {"variable train_cub_googlenet_bn", "expected [any, 3]", "[5, 4]"});
  test::write_toy_cub(folder_.path());
  put_cub(matrix("train_attr", 6, 2, std::vector<double>(12)));
  expect_cub_error(ErrorKind::kShapeMismatch,
                   {"variable train_attr", "expected [5, 2]", "train_cub_googlenet_bn", "[6, 2]"});
  test::write_toy_cub(folder_.path());
  put_cub(matrix("test_proto", 3, 2, {1, 2, 3, 4, 5, 6}));
  expect_cub_error(ErrorKind::kShapeMismatch,
                   {"variable test_proto", "expected [2, any]", "testclasses_id", "[3, 2]"});
}

TEST_F(DemLayout, OptionsOfTheOtherLayoutAreRefused) {
  test::write_toy_cub(folder_.path());
  DatasetOptions options;
  options.data_path = folder_.path();
  options.name = "CUB";
  options.index_base = 0;
  expect_error(ErrorKind::kInvalidArgument, {"index base", "layout gbu", "layout dem"}, [&] {
    (void)load_dataset(options);
  });
  options.index_base = 1;
  options.features_file = "clip.mat";
  expect_error(ErrorKind::kInvalidArgument, {"features file", "layout gbu", "layout dem"}, [&] {
    (void)load_dataset(options);
  });
}

TEST_F(DemLayout, NonFiniteValuesAreLocated) {
  test::write_toy_cub(folder_.path());
  put_cub(matrix("test_cub_googlenet_bn", 4, 3, {0, 0, 0, 0, 0, 0, 0, NAN, 0, 0, 0, 0}));
  expect_cub_error(ErrorKind::kFormat,
                   {"test_cub_googlenet_bn.mat", "variable", "nan", "row 2, column 1"});
  test::write_toy_cub(folder_.path());
  put_cub(matrix("test_proto", 2, 2, {1, 2, -INFINITY, 4}));
  expect_cub_error(ErrorKind::kFormat, {"variable test_proto", "-inf", "row 1, column 0"});
  test::write_toy_cub(folder_.path());
  put_cub(matrix("test_proto", 2, 2, {1, 1e300, 3, 4}));  // beyond float32
  expect_cub_error(ErrorKind::kFormat, {"variable test_proto", "inf", "row 0, column 1"});
}

TEST_F(DemLayout, TestLabelsMustBeTestClasses) {
  test::write_toy_cub(folder_.path());
  put_cub(column("test_labels_cub", {2, 4, 7, 2}));
  expect_cub_error(ErrorKind::kFormat,
                   {"test_labels_cub.mat", "testclasses_id", "2 4", "got 7", "position 2"});
  put_cub(column("test_labels_cub", {2, 4, 2.5, 2}));
  expect_cub_error(ErrorKind::kFormat, {"test_labels_cub", "whole", "2.5"});
}

TEST_F(DemLayout, TestClassesMustBeDistinct) {
  test::write_toy_cub(folder_.path());
  put_cub(column("testclasses_id", {4, 4}));
  expect_cub_error(ErrorKind::kFormat, {"testclasses_id.mat", "distinct", "got 4", "0 and 1"});
}

TEST_F(DemLayout, WarnsOfATestClassDescribedAsATrainingClass) {
  test::write_toy_cub(folder_.path());
  put_cub(matrix("test_proto", 2, 2, {1, 2, 30, 40}));
  Warnings warnings;
  EXPECT_EQ(load("CUB").classes.size(), 5);
  EXPECT_EQ(warnings.count({"attribute", "1 of 5 classes", "2 = train-2"}), 1);
}

TEST_F(DemLayout, WarnsOfClassesWithoutImages) {
  test::write_toy_cub(folder_.path());
  put_cub(column("test_labels_cub", {4, 4, 4, 4}));
  Warnings warnings;
  (void)load("CUB");
  EXPECT_EQ(warnings.count({"classes without an image (1): 2"}), 1);
}

TEST_F(DemLayout, DatasetNamesIgnoreCase) {
  test::write_toy_cub(folder_.path());
  EXPECT_EQ(load("cub").name, "CUB");
}

}  // namespace
}  // namespace dem
