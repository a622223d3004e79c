#include "dem/data/dataset_from_arrays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <utility>

#include "gbu_toy.h"
#include "table_toy.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;

Matrix<float> toy_features() {
  Matrix<float> features(6, 2);
  for (Index i = 0; i < 6; ++i) {
    features(i, 0) = static_cast<float>(10 * i);
    features(i, 1) = static_cast<float>(10 * i + 1);
  }
  return features;
}

// test::toy_table() with cat unseen.
DatasetArrays toy_arrays() {
  DatasetArrays arrays;
  arrays.name = "TOY";
  arrays.labels = {0, 1, 0, 2, 1, 2};
  arrays.classes.names = {"ant", "bee", "cat", "dog"};
  arrays.classes.spaces = {"attribute"};
  arrays.classes.dimension_names = {{"legs", "wings"}};
  Matrix<float> attributes(4, 2);
  const float values[] = {6, 0, 6, 2, 4, 0, 4, 1};
  std::copy(std::begin(values), std::end(values), attributes.data());
  arrays.classes.embeddings.push_back(std::move(attributes));
  arrays.split.trainval = {0, 1, 2, 4};
  arrays.split.test_unseen = {3, 5};
  return arrays;
}

TEST(DatasetFromArrays, IsTheDatasetOfTheSameFiles) {
  const test::TemporaryFolder folder;
  test::write_files(folder.file("TOY"),
                    test::with(test::toy_table(), "split.csv", "ant,seen\nbee,seen\ncat,unseen\n"));
  const Dataset expected = load_dataset({.data_path = folder.path(), .name = "TOY"});
  const Matrix<float> features = toy_features();
  const Dataset copied = dataset_from_arrays(features, toy_arrays());
  const Dataset moved = dataset_from_arrays(toy_features(), toy_arrays());
  for (const Dataset* data : {&copied, &moved}) {
    EXPECT_EQ(data->fingerprint, expected.fingerprint);
    EXPECT_EQ(data->labels, expected.labels);
    EXPECT_EQ(data->classes.seen, expected.classes.seen);
    EXPECT_EQ(data->classes.dimension_names, expected.classes.dimension_names);
    EXPECT_THAT(data->seen_classes, ElementsAre(0, 1));
    EXPECT_THAT(data->unseen_classes, ElementsAre(2, 3));
    EXPECT_EQ(data->split.trainval, expected.split.trainval);
    EXPECT_EQ(data->name, "TOY");
    EXPECT_EQ(data->layout, "arrays");
    EXPECT_EQ(data->visual_features(5, 1), 51.0f);
    EXPECT_FALSE(data->is_sharded());
  }
}

TEST(DatasetFromArrays, TakesAllPartsOfASplit) {
  const test::TemporaryFolder folder;
  test::write_toy_gbu(folder.file("TOY"));
  Dataset expected = load_dataset({.data_path = folder.path(), .name = "TOY"});
  const std::string fingerprint = expected.fingerprint;
  DatasetArrays arrays{
      .labels = expected.labels, .classes = std::move(expected.classes), .split = expected.split};
  arrays.classes.seen.clear();
  const Dataset data = dataset_from_arrays(std::move(expected.visual_features), std::move(arrays));
  EXPECT_EQ(data.fingerprint, fingerprint);
  EXPECT_EQ(data.split.val, expected.split.val);
}

TEST(DatasetFromArrays, TakesEveryOtherRowOfALargerMatrix) {
  Matrix<float> wide(6, 5);
  const Matrix<float> features = toy_features();
  for (Index i = 0; i < 6; ++i) {
    for (Index j = 0; j < 2; ++j) wide(i, j) = features(i, j);
  }
  const MatrixView<const float> view(wide.data(), 6, 2, 5);
  EXPECT_EQ(dataset_from_arrays(view, toy_arrays()).fingerprint,
            dataset_from_arrays(features, toy_arrays()).fingerprint);
}

struct Wrong {
  void (*change)(Matrix<float>& features, DatasetArrays& arrays);
  ErrorKind kind;
  std::initializer_list<std::string_view> texts;
};

TEST(DatasetFromArrays, WrongArgumentsAreNamed) {
  using enum ErrorKind;
  using Features = Matrix<float>;
  using Arrays = DatasetArrays;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const Wrong cases[] = {
      {[](Features& f, Arrays&) { f = Features(5, 2); },
       kShapeMismatch,
       {"visual_features", "[6, any]", "got [5, 2]"}},
      {[](Features& f, Arrays&) { f = Features(6, 0); }, kShapeMismatch, {"visual_features"}},
      {[](Features& f, Arrays&) { f(3, 1) = kNan; },
       kInvalidArgument,
       {"visual_features", "row 3, column 1"}},
      {[](Features&, Arrays& a) { a.labels.clear(); }, kInvalidArgument, {"labels", "none"}},
      {[](Features&, Arrays& a) { a.labels[2] = 4; },
       kInvalidArgument,
       {"labels", "0 .. 3", "got 4 at position 2"}},
      {[](Features&, Arrays& a) { a.labels[0] = -1; },
       kInvalidArgument,
       {"labels", "got -1 at position 0"}},
      {[](Features&, Arrays& a) { a.classes.names.clear(); }, kInvalidArgument, {"classes.names"}},
      {[](Features&, Arrays& a) { a.classes.names.pop_back(); },
       kShapeMismatch,
       {"classes.embeddings[0]", "[3, any]"}},
      {[](Features&, Arrays& a) { a.classes.spaces = {"word"}; },
       kInvalidArgument,
       {"classes.spaces", "expected attribute", "got word"}},
      {[](Features&, Arrays& a) { a.classes.spaces.clear(); },
       kInvalidArgument,
       {"classes.spaces", "got none"}},
      {[](Features&, Arrays& a) { a.classes.embeddings.clear(); },
       kShapeMismatch,
       {"classes.embeddings"}},
      {[](Features&, Arrays& a) { a.classes.embeddings[0](1, 0) = kNan; },
       kInvalidArgument,
       {"classes.embeddings[0]", "row 1, column 0"}},
      {[](Features&, Arrays& a) { a.classes.dimension_names[0].pop_back(); },
       kShapeMismatch,
       {"classes.dimension_names[0]", "got 1"}},
      {[](Features&, Arrays& a) { a.classes.dimension_names.emplace_back(); },
       kShapeMismatch,
       {"classes.dimension_names", "got 2"}},
      {[](Features&, Arrays& a) { a.split.trainval.clear(); },
       kInvalidArgument,
       {"split.trainval"}},
      {[](Features&, Arrays& a) { a.split.trainval.push_back(6); },
       kInvalidArgument,
       {"split.trainval", "0 .. 5", "got 6"}},
      {[](Features&, Arrays& a) { a.split.test_unseen.push_back(-1); },
       kInvalidArgument,
       {"split.test_unseen", "got -1"}},
      {[](Features&, Arrays& a) { a.split.test_unseen.push_back(0); },
       kInvalidArgument,
       {"split.test_unseen", "also in split.trainval"}},
      {[](Features&, Arrays& a) {
         a.split.trainval.pop_back();
         a.split.test_unseen.push_back(4);
       },
       kInvalidArgument,
       {"split.test_unseen", "without training rows", "bee"}},
      {[](Features&, Arrays& a) {
         a.split.test_unseen = {3};
         a.split.test_seen = {5};
       },
       kInvalidArgument,
       {"split.test_seen", "with training rows", "cat"}},
  };
  for (const Wrong& wrong : cases) {
    SCOPED_TRACE(std::string(*wrong.texts.begin()));
    Matrix<float> features = toy_features();
    DatasetArrays arrays = toy_arrays();
    wrong.change(features, arrays);
    expect_error(wrong.kind, wrong.texts, [&] {
      (void)dataset_from_arrays(std::move(features), std::move(arrays));
    });
  }
}

}  // namespace
}  // namespace dem
