// Features that are not finite, as datasets are read.
#include "dem/io/missing_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "dem/data/dataset_from_arrays.h"
#include "table_toy.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;

TEST(MissingFeaturesTest, NamesComeBack) {
  for (const MissingFeatures missing : {MissingFeatures::kRefuse, MissingFeatures::kZero}) {
    EXPECT_EQ(missing_features_from_string(to_string(missing)), missing);
  }
  expect_error(ErrorKind::kInvalidArgument, {"missing features", "refuse", "zero"}, [] {
    (void)missing_features_from_string("mean");
  });
}

TEST(MissingFeaturesTest, BecomeZeroAndAreCounted) {
  const float inf = std::numeric_limits<float>::infinity();
  const float none = std::numeric_limits<float>::quiet_NaN();
  const float values[] = {1, inf, 2, 3, 4, 5, none, -inf, none};
  Matrix<float> features(3, 3);
  std::copy(std::begin(values), std::end(values), features.data());
  ZeroedFeatures zeroed{10, 20};
  zero_missing(features, zeroed);
  EXPECT_THAT(std::vector<float>(features.data(), features.data() + 9),
              ElementsAre(1, 0, 2, 3, 4, 5, 0, 0, 0));
  EXPECT_EQ(zeroed.values, 14);
  EXPECT_EQ(zeroed.rows, 22);
}

class MissingFeaturesOfFiles : public testing::Test {
 protected:
  MissingFeaturesOfFiles() {
    const auto files = test::toy_table();
    test::write_files(
        folder_.file("TOY"),
        test::with(files, "features.csv", "0,1\n10,nan\n20,21\n,inf\n40,41\n50,NA\n"));
    test::write_files(folder_.file("FULL"),
                      test::with(files, "features.csv", "0,1\n10,0\n20,21\n0,0\n40,41\n50,0\n"));
  }
  test::TemporaryFolder folder_;
  DatasetOptions options_{
      .data_path = folder_.path(), .name = "TOY", .missing_features = MissingFeatures::kZero};
};

// As if there had been zeros from the beginning.
TEST_F(MissingFeaturesOfFiles, AreZero) {
  const Dataset data = load_dataset(options_);
  const Dataset full = load_dataset({.data_path = folder_.path(), .name = "FULL"});
  EXPECT_EQ(data.fingerprint, full.fingerprint);
  for (Index row = 0; row < 6; ++row) {
    for (Index d = 0; d < 2; ++d) {
      EXPECT_EQ(data.visual_features(row, d), full.visual_features(row, d)) << row << d;
    }
  }
  EXPECT_EQ(data.missing_features, MissingFeatures::kZero);
  EXPECT_EQ(data.zeroed_features.values, 4);
  EXPECT_EQ(data.zeroed_features.rows, 3);
  EXPECT_EQ(full.zeroed_features.values, 0);
}

TEST_F(MissingFeaturesOfFiles, AreRefusedUnlessAskedFor) {
  options_.missing_features = MissingFeatures::kRefuse;
  expect_error(ErrorKind::kFormat, {"features.csv: line 4", "an empty cell"}, [&] {
    (void)load_dataset(options_);
  });
  test::write_files(folder_.file("TOY"), {{"features.csv", "0,1\n1,nan\n2,3\n3,4\n4,5\n5,6\n"}});
  expect_error(ErrorKind::kFormat,
               {"features.csv", "nan at row 1, column 1", "missing features zero takes it as 0"},
               [&] { (void)load_dataset(options_); });
}

TEST_F(MissingFeaturesOfFiles, OfShardsAndStreamsAreCountedOverAllRows) {
  const std::string fingerprint = load_dataset(options_).fingerprint;
  for (int rank = 0; rank < 2; ++rank) {
    options_.shard = {rank, 2};
    const Dataset shard = load_dataset(options_);
    EXPECT_EQ(shard.fingerprint, fingerprint);
    EXPECT_EQ(shard.zeroed_features.values, 4);
    EXPECT_EQ(shard.zeroed_features.rows, 3);
  }
  options_.shard = {};
  double sum = 0;
  options_.on_features = [&](const Dataset&, Index, MatrixView<const float> rows) {
    for (Index i = 0; i < rows.rows(); ++i) {
      for (const float value : rows.row(i)) sum += double{value};
    }
  };
  EXPECT_EQ(load_dataset(options_).zeroed_features.values, 4);
  EXPECT_EQ(sum, 0 + 1 + 10 + 20 + 21 + 40 + 41 + 50);
}

TEST(MissingFeaturesOfArrays, AreZeroOnRequest) {
  DatasetArrays arrays;
  arrays.labels = {0};
  arrays.classes.names = {"ant"};
  arrays.classes.spaces = {"attribute"};
  arrays.classes.embeddings.emplace_back(1, 1);
  arrays.classes.embeddings[0](0, 0) = 1;
  arrays.split.trainval = {0};
  arrays.missing_features = MissingFeatures::kZero;
  Matrix<float> features(1, 2);
  features(0, 1) = std::numeric_limits<float>::quiet_NaN();
  const Dataset data = dataset_from_arrays(std::move(features), std::move(arrays));
  EXPECT_EQ(data.visual_features(0, 1), 0.0F);
  EXPECT_EQ(data.zeroed_features.values, 1);
}

}  // namespace
}  // namespace dem
