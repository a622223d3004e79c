#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "dem/data/dataset.h"
#include "gbu_toy.h"

namespace dem {
namespace {

using test::column;
using test::expect_error;
using test::lines;
using test::matrix;
using test::TemporaryFolder;
using test::toy_features;
using test::toy_split;
using test::Warnings;
using test::with;
using test::without;
using test::write_mat4;
using test::write_toy_gbu;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<float> row(const Matrix<float>& m, Index i) {
  return {m.row(i).begin(), m.row(i).end()};
}

class GbuLayout : public testing::Test {
 protected:
  void SetUp() override {
    options_.data_path = folder_.path();
    options_.name = "TOY";
  }
  void write(const std::vector<test::Variable>& features,
             const std::vector<test::Variable>& split) {
    write_toy_gbu(folder_.file("TOY"), features, split);
  }
  void write_split_with(const test::Variable& changed) {
    write(toy_features(), with(toy_split(), changed));
  }
  void expect_load_error(ErrorKind kind, std::initializer_list<std::string_view> texts) {
    expect_error(kind, texts, [&] { (void)load_dataset(options_); });
  }

  TemporaryFolder folder_;
  DatasetOptions options_;
};

TEST_F(GbuLayout, ColumnsBecomeRowsAndNumbersStartAtZero) {
  write(toy_features(), toy_split());
  const Dataset data = load_dataset(options_);
  EXPECT_EQ(data.name, "TOY");
  EXPECT_EQ(data.layout, "gbu");
  ASSERT_EQ(data.visual_features.rows(), 8);
  for (Index i = 0; i < 8; ++i) {
    const auto tens = static_cast<float>(10 * i);
    EXPECT_THAT(row(data.visual_features, i), ElementsAre(tens, tens + 1)) << i;
  }
  EXPECT_THAT(data.labels, ElementsAre(0, 0, 1, 1, 2, 2, 3, 3));
  EXPECT_THAT(data.classes.names, ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(data.classes.seen, ElementsAre(true, true, false, true));
  EXPECT_THAT(data.classes.spaces, ElementsAre("attribute"));
  EXPECT_THAT(row(data.classes.embeddings[0], 1), ElementsAre(.2F, .8F, .5F));
  EXPECT_THAT(data.seen_classes, ElementsAre(0, 1, 3));
  EXPECT_THAT(data.unseen_classes, ElementsAre(2));
  EXPECT_THAT(data.files,
              ElementsAre(folder_.file("TOY/att_splits.mat"), folder_.file("TOY/res101.mat")));
}

TEST_F(GbuLayout, SplitKeepsTheFilesOrderAndLeavesOutLeaks) {
  write(toy_features(), toy_split());
  Warnings warnings;
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.split.trainval, ElementsAre(6, 0, 2, 7));
  EXPECT_THAT(data.split.train, ElementsAre(0, 2));
  EXPECT_THAT(data.split.val, ElementsAre(6, 7));
  EXPECT_THAT(data.split.test_seen, ElementsAre(1, 3));
  EXPECT_THAT(data.split.test_unseen, ElementsAre(5, 4));
  EXPECT_EQ(warnings.count({"att_splits.mat: variable train_loc", "1 of 3 rows", "1 are test"}), 1);
  EXPECT_EQ(warnings.count({"variable val_loc"}), 0);
}

TEST_F(GbuLayout, OriginalAttributesOnRequest) {
  write(toy_features(), toy_split());
  options_.original_attributes = true;
  Warnings warnings;
  const Dataset original = load_dataset(options_);
  EXPECT_THAT(row(original.classes.embeddings[0], 2), ElementsAre(3, -1, 5));
  EXPECT_TRUE(original.original_attributes);
  EXPECT_TRUE(original.has_original_attributes);
  EXPECT_EQ(warnings.count({"attribute descriptions", "entries of -1: 2", "look missing"}), 1);

  options_.original_attributes = false;
  EXPECT_FALSE(load_dataset(options_).original_attributes);
  EXPECT_TRUE(load_dataset(options_).has_original_attributes);

  options_.original_attributes = true;
  write(toy_features(), without(toy_split(), "original_att"));
  const Dataset normalised = load_dataset(options_);
  EXPECT_THAT(row(normalised.classes.embeddings[0], 0), ElementsAre(.1F, .2F, .5F));
  EXPECT_FALSE(normalised.original_attributes);
  EXPECT_FALSE(normalised.has_original_attributes);
}

TEST_F(GbuLayout, ClassesWithoutNamesAreNumbered) {
  write(toy_features(), without(toy_split(), "allclasses_names"));
  EXPECT_THAT(load_dataset(options_).classes.names,
              ElementsAre("class 1", "class 2", "class 3", "class 4"));
}

TEST_F(GbuLayout, ListsThatMayBeAbsent) {
  auto split = without(without(toy_split(), "test_seen_loc"), "train_loc");
  write(toy_features(), without(split, "val_loc"));
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.split.test_seen, IsEmpty());
  EXPECT_THAT(data.split.train, IsEmpty());
  EXPECT_THAT(data.split.val, IsEmpty());
}

TEST_F(GbuLayout, ListsThatMustBeThere) {
  write(toy_features(), without(toy_split(), "test_unseen_loc"));
  expect_load_error(ErrorKind::kFormat, {"TOY", "test_unseen_loc", "att_splits.mat"});
  write(toy_features(), without(without(toy_split(), "trainval_loc"), "train_loc"));
  expect_load_error(ErrorKind::kFormat, {"trainval_loc or train_loc", "att_splits.mat"});
  write(toy_features(), without(toy_split(), "att"));
  expect_load_error(ErrorKind::kFormat, {"variable att", "att_splits.mat"});
  write(without(toy_features(), "labels"), toy_split());
  expect_load_error(ErrorKind::kFormat, {"res101.mat", "\"labels\"", "features"});
}

TEST_F(GbuLayout, TrainingAndUnseenRowsMustNotBeNone) {
  write_split_with(matrix("trainval_loc", 0, 1, {}));
  expect_load_error(ErrorKind::kFormat, {"variable trainval_loc", "at least one training row"});
  write_split_with(matrix("test_unseen_loc", 0, 1, {}));
  expect_load_error(ErrorKind::kFormat, {"variable test_unseen_loc", "at least one"});
  write_split_with(matrix("test_seen_loc", 0, 1, {}));
  EXPECT_THAT(load_dataset(options_).split.test_seen, IsEmpty());
}

TEST_F(GbuLayout, WithoutTrainvalTheTrainingRowsAreTrainAndVal) {
  auto split = without(toy_split(), "trainval_loc");
  write(toy_features(), with(split, column("train_loc", {1, 3})));
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.split.trainval, ElementsAre(0, 2, 6, 7));
  EXPECT_THAT(data.split.train, ElementsAre(0, 2));
  EXPECT_THAT(data.split.val, ElementsAre(6, 7));
  write(toy_features(), with(without(split, "val_loc"), column("train_loc", {1, 3})));
  const Dataset short_data = load_dataset(options_);
  EXPECT_THAT(short_data.split.trainval, ElementsAre(0, 2));
  EXPECT_THAT(short_data.split.train, IsEmpty());
}

TEST_F(GbuLayout, ArraysMayLieInAnyFileOfTheFolder) {
  const std::string folder = folder_.file("TOY");
  write_mat4(folder + "/Wrn.mat", toy_features());
  write_mat4(folder + "/porter.mat", {toy_split()[0]});
  write_mat4(folder + "/a.mat", {column("train_loc", {1, 3})});
  write_mat4(folder + "/b.mat", {column("test_seen", {2, 4})});
  write_mat4(folder + "/c.mat", {column("test_unseen", {5, 6})});
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.split.trainval, ElementsAre(0, 2));
  EXPECT_THAT(data.split.test_seen, ElementsAre(1, 3));
  EXPECT_THAT(data.split.test_unseen, ElementsAre(4, 5));
  EXPECT_EQ(data.files.size(), 5u);

  write_mat4(folder + "/d.mat", {column("test_seen", {2})});
  expect_load_error(ErrorKind::kFormat, {"variable test_seen", "b.mat", "d.mat"});
}

TEST_F(GbuLayout, ChoosesTheFeaturesFile) {
  write(toy_features(), toy_split());
  auto others = with(toy_features(), matrix("features", 1, 8, {1, 2, 3, 4, 5, 6, 7, 8}));
  write_mat4(folder_.file("TOY/clip.mat"), others);
  EXPECT_EQ(load_dataset(options_).feature_dim(), 2);  // res101.mat comes first
  options_.features_file = "clip.mat";
  EXPECT_EQ(load_dataset(options_).feature_dim(), 1);
  options_.features_file = folder_.file("TOY/clip.mat");
  EXPECT_EQ(load_dataset(options_).feature_dim(), 1);
  options_.features_file = "";
  std::filesystem::rename(folder_.file("TOY/res101.mat"), folder_.file("TOY/resnet.mat"));
  expect_load_error(ErrorKind::kInvalidArgument,
                    {"clip.mat, resnet.mat", "choose a features file"});
  std::filesystem::remove(folder_.file("TOY/clip.mat"));
  EXPECT_EQ(load_dataset(options_).feature_dim(), 2);
  std::filesystem::remove(folder_.file("TOY/resnet.mat"));
  expect_load_error(ErrorKind::kFormat, {"TOY", "features and labels"});
}

TEST_F(GbuLayout, FolderIsFoundWhateverItsCaseOrGivenItself) {
  write(toy_features(), toy_split());
  options_.name = "toy";
  EXPECT_EQ(load_dataset(options_).labels.size(), 8u);
  options_.data_path = folder_.file("TOY");
  EXPECT_EQ(load_dataset(options_).labels.size(), 8u);
  options_.data_path = folder_.file("TOY/");
  EXPECT_EQ(load_dataset(options_).labels.size(), 8u);
}

TEST_F(GbuLayout, WordVectorsFromTheFileOrGiven) {
  options_.train_mode = TrainMode::kWord;
  write(toy_features(), toy_split());
  expect_load_error(ErrorKind::kInvalidArgument,
                    {"train mode word", "TOY", "give a file of word vectors"});

  options_.word_vectors = folder_.file("words.mat");
  write_mat4(options_.word_vectors, {matrix("w", 4, 2, {1, 2, 3, 4, 5, 6, 7, 8})});
  const Dataset given = load_dataset(options_);
  EXPECT_THAT(given.classes.spaces, ElementsAre("word"));
  EXPECT_THAT(row(given.classes.embeddings[0], 1), ElementsAre(3, 4));

  write_mat4(options_.word_vectors, {matrix("w", 2, 4, {1, 2, 3, 4, 5, 6, 7, 8})});
  expect_load_error(ErrorKind::kShapeMismatch,
                    {"words.mat", "expected [4, any]", "[2, 4]", "transposed"});

  write_split_with(matrix("wv", 2, 4, {1, 2, 3, 4, 5, 6, 7, 8}));
  options_.train_mode = TrainMode::kFusion;
  Warnings warnings;
  const Dataset own = load_dataset(options_);
  EXPECT_EQ(warnings.count({"words.mat", "not read"}), 1);
  EXPECT_THAT(own.classes.spaces, ElementsAre("word", "attribute"));
  EXPECT_THAT(row(own.classes.embeddings[0], 1), ElementsAre(2, 6));
  EXPECT_THAT(row(own.classes.embeddings[1], 1), ElementsAre(.2F, .8F, .5F));
}

TEST_F(GbuLayout, WordVectorsMayBeText) {
  write(toy_features(), toy_split());
  options_.train_mode = TrainMode::kWord;
  options_.word_vectors = folder_.file("words.csv");
  std::ofstream(options_.word_vectors) << "1,2\n3,4\n5,6\n7,8.5\n";
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[0], 3), ElementsAre(7, 8.5F));
}

// The toy's classes are one, two, three, four.
TEST_F(GbuLayout, WordVectorsWithNamesGoByName) {
  write(toy_features(), toy_split());
  options_.train_mode = TrainMode::kWord;
  options_.word_vectors = folder_.file("words.txt");
  std::ofstream(options_.word_vectors)
      << "5 2\nfour 7 8.5\nTwo 3 4\nfive 9 9\none 1 2\nthree 5 6\n";
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(row(data.classes.embeddings[0], 0), ElementsAre(1, 2));
  EXPECT_THAT(row(data.classes.embeddings[0], 1), ElementsAre(3, 4));
  EXPECT_THAT(row(data.classes.embeddings[0], 3), ElementsAre(7, 8.5F));
  EXPECT_EQ(std::count(data.files.begin(), data.files.end(), options_.word_vectors), 1);

  std::ofstream(options_.word_vectors) << "four 7 8.5\ntwo 3 4\nfive 9 9\none 1 2\n";
  expect_load_error(ErrorKind::kFormat, {"words.txt", "TOY", "none for \"three\""});

  write(toy_features(), test::without(toy_split(), "allclasses_names"));
  std::ofstream(options_.word_vectors) << "a 1 2\nb 3 4\nc 5 6\nd 7 8.5\n";
  Warnings warnings;
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[0], 3), ElementsAre(7, 8.5F));
  EXPECT_EQ(warnings.count({"words.txt", "has names, but the classes of", "have none"}), 1);
}

// An array of the folder's, or a file, whose rows go by name where it has names.
TEST_F(GbuLayout, FurtherSpacesAreArraysOrFiles) {
  write_split_with(matrix("glove", 2, 4, {1, 2, 3, 4, 5, 6, 7, 8}));
  const std::string path = folder_.file("text.csv");
  std::string rows = "class,a,b,c\n";
  const std::vector<std::string> names = load_dataset(options_).classes.names;
  for (std::size_t c = names.size(); c-- > 0;) {
    rows += names[c] + "," + std::to_string(c) + ",0,1\n";
  }
  std::ofstream(path) << rows;
  options_.more_spaces = {{"glove"}, {"text", path}};
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.classes.spaces, ElementsAre("attribute", "glove", "text"));
  EXPECT_THAT(row(data.classes.embeddings[1], 1), ElementsAre(2, 6));
  EXPECT_THAT(row(data.classes.embeddings[2], 3), ElementsAre(3, 0, 1));
  EXPECT_THAT(data.classes.dimension_names[2], ElementsAre("a", "b", "c"));
  EXPECT_EQ(data.files.back(), path);

  std::ofstream(path) << "1\n2\n3\n4\n";  // without names: in the table's order
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[2], 3), ElementsAre(4));
  std::ofstream(path) << "1\n2\n3\n";
  expect_load_error(ErrorKind::kShapeMismatch, {"text.csv", "[4, any]", "a row a class"});
  std::ofstream(path) << names[0] + ",1\n" + names[0] + ",2\nx,3\ny,4\n";
  expect_load_error(ErrorKind::kFormat, {"text.csv", "each class once", "twice"});
  std::ofstream(path) << "w,1\nv,2\nx,3\ny,4\n";
  expect_load_error(ErrorKind::kFormat, {"text.csv", "a row for each class", names[0].c_str()});
  const std::string arrays = folder_.file("text.mat");
  write_mat4(arrays,
             {matrix("w", 4, 1, {10, 11, 12, 13}),
              lines("allclasses_names", {names[3], names[2], names[1], names[0]})});
  options_.more_spaces = {{"text", arrays}};
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[1], 0), ElementsAre(13));
  options_.more_spaces = {{"sketch"}};
  expect_load_error(ErrorKind::kFormat, {"TOY", "semantic space sketch", "neither"});
}

TEST_F(GbuLayout, FurtherSpacesHaveNamesOfTheirOwn) {
  write(toy_features(), toy_split());
  for (const char* name : {"", "word", "attribute", "a b", "a=b", "a+b", "a,b"}) {
    options_.more_spaces = {{name}};
    expect_load_error(ErrorKind::kInvalidArgument, {"further semantic spaces", "got \""});
  }
  options_.more_spaces = {{"glove", "x.npy"}, {"glove", "y.npy"}};
  expect_load_error(ErrorKind::kInvalidArgument, {"\"glove\" twice"});
  EXPECT_EQ(space_source_from_string("glove").file, "");
  EXPECT_EQ(space_source_from_string("glove=a=b").name, "glove");
  EXPECT_EQ(space_source_from_string("glove=a=b").file, "a=b");
  for (const char* text : {"=a", "glove="}) {
    test::expect_error(ErrorKind::kInvalidArgument, {"NAME or NAME=FILE", text}, [&] {
      (void)space_source_from_string(text);
    });
  }
}

TEST_F(GbuLayout, LocationsOutOfRangeAreNamed) {
  write_split_with(column("test_seen_loc", {2, 9}));
  expect_load_error(ErrorKind::kFormat,
                    {"att_splits.mat", "test_seen_loc", "1 .. 8", "got 9", "position 1"});
  write_split_with(column("trainval_loc", {7, 1, -3, 8}));
  expect_load_error(ErrorKind::kFormat, {"trainval_loc", "1 .. 8", "got -3", "position 2"});
}

TEST_F(GbuLayout, ClassesWithoutNamesAreNumberedAsLabelsAre) {
  write(with(toy_features(), column("labels", {0, 0, 1, 1, 2, 2, 3, 3})),
        without(toy_split(), "allclasses_names"));
  EXPECT_THAT(load_dataset(options_).classes.names,
              ElementsAre("class 0", "class 1", "class 2", "class 3"));
}

TEST_F(GbuLayout, AMissingSplitFileIsNamed) {
  write(toy_features(), toy_split());
  std::filesystem::remove(folder_.file("TOY/att_splits.mat"));
  expect_load_error(ErrorKind::kFormat, {"att", "att_splits.mat", "no such file", "res101.mat"});
}

TEST_F(GbuLayout, FewerLabelsThanImagesAreFoundBeforeTheLists) {
  write(with(toy_features(), column("labels", {1, 1, 2, 2, 3, 3, 4})), toy_split());
  expect_load_error(ErrorKind::kShapeMismatch,
                    {"variable features", "expected [any, 7]", "one image per label", "[2, 8]"});
}

TEST_F(GbuLayout, LabelsOutOfRangeAreNamed) {
  write(with(toy_features(), column("labels", {1, 1, 2, 2, 3, 3, 4, 5})), toy_split());
  expect_load_error(ErrorKind::kFormat,
                    {"res101.mat", "labels", "classes 1 .. 4", "got 5", "position 7"});
}

TEST_F(GbuLayout, PartsOfTheSplitMustNotOverlap) {
  write_split_with(column("test_seen_loc", {2, 3, 8}));
  expect_load_error(ErrorKind::kFormat,
                    {"test_seen_loc", "another part", "got 2", "first 3", "trainval_loc"});
  write_split_with(column("test_unseen_loc", {6, 5, 7}));
  expect_load_error(ErrorKind::kFormat, {"test_unseen_loc", "got 1", "first 7", "trainval_loc"});
  write_split_with(column("test_unseen_loc", {6, 4}));
  expect_load_error(ErrorKind::kFormat, {"test_unseen_loc", "got 1", "first 4", "test_seen_loc"});
}

TEST_F(GbuLayout, SeenClassesMustBeTrainedAndUnseenMustNot) {
  const auto split = with(toy_split(), column("trainval_loc", {1, 3}));  // none of class 4
  write(toy_features(), with(split, column("test_seen_loc", {2, 8})));
  expect_load_error(ErrorKind::kFormat, {"test_seen_loc", "with training rows", "four"});
  write(toy_features(),
        with(without(toy_split(), "test_seen_loc"), column("test_unseen_loc", {5, 4})));
  expect_load_error(ErrorKind::kFormat, {"test_unseen_loc", "without training rows", "two"});
}

TEST_F(GbuLayout, RepeatedEntriesCountOnce) {
  write_split_with(column("test_seen_loc", {2, 4, 2, 2}));
  Warnings warnings;
  EXPECT_THAT(load_dataset(options_).split.test_seen, ElementsAre(1, 3));
  EXPECT_EQ(
      warnings.count({"test_seen_loc", "entries that repeat an earlier one and count once: 2"}), 1);
}

TEST_F(GbuLayout, ValidationListsThatShareClassesAreDropped) {
  write_split_with(column("val_loc", {7, 1}));
  Warnings warnings;
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.split.train, IsEmpty());
  EXPECT_THAT(data.split.val, IsEmpty());
  EXPECT_EQ(warnings.count({"variable val_loc", "1 rows", "classes of its own"}), 1);
}

TEST_F(GbuLayout, ExtentsMustAgree) {
  write(with(toy_features(), matrix("features", 2, 7, std::vector<double>(14))), toy_split());
  expect_load_error(ErrorKind::kShapeMismatch,
                    {"res101.mat", "variable features", "expected [any, 8]", "[2, 7]"});
  write(with(toy_features(), matrix("features", 8, 2, std::vector<double>(16))), toy_split());
  expect_load_error(ErrorKind::kShapeMismatch, {"variable features", "[8, 2]", "transposed"});
  write_split_with(matrix("att", 3, 5, std::vector<double>(15)));
  expect_load_error(ErrorKind::kShapeMismatch,
                    {"variable att", "expected [any, 4]", "allclasses_names", "[3, 5]"});
  write_split_with(matrix("att", 4, 3, std::vector<double>(12)));
  expect_load_error(ErrorKind::kShapeMismatch, {"variable att", "[4, 3]", "transposed"});
}

TEST_F(GbuLayout, TransposedDescriptionsAreFoundByTheLabels) {
  write(
      toy_features(),
      with(without(toy_split(), "allclasses_names"), matrix("att", 4, 6, std::vector<double>(24))));
  expect_load_error(ErrorKind::kShapeMismatch, {"TOY", "attribute", "4 classes", "transposed"});
}

TEST_F(GbuLayout, NonFiniteValuesAreLocatedAsInTheFile) {
  auto features = toy_features()[0];
  features.values[1 * 8 + 5] = NAN;  // dimension 1 of image 5
  write(with(toy_features(), features), toy_split());
  expect_load_error(ErrorKind::kFormat, {"variable features", "nan", "row 1, column 5"});
}

TEST_F(GbuLayout, WarnsOfEqualDescriptionsAndNames) {
  write(toy_features(),
        with(with(toy_split(), matrix("att", 1, 4, {1, 2, 2, 1})),
             lines("allclasses_names", {"a", "b", "c", "b"})));
  Warnings warnings;
  (void)load_dataset(options_);
  EXPECT_EQ(warnings.count({"attribute", "2 of 4 classes", "first c = b"}), 1);
  EXPECT_EQ(warnings.count({"class name \"b\""}), 1);
}

}  // namespace
}  // namespace dem
