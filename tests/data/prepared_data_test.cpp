#include "dem/data/prepared_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/at.h"
#include "data/test_files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;

constexpr Index kRows = 9, kDim = 4;

Dataset make_dataset() {
  Rng rng(3, Purpose::kSynthetic);
  Dataset dataset;
  dataset.visual_features = test::normal_matrix(kRows, kDim, 1.0, rng);
  dataset.labels.assign(kRows, 0);
  return dataset;
}

// The rows of it that are no multiple of three are another rank's; those held are stored in an
// order of their own.
Dataset make_shard() {
  const Dataset whole = make_dataset();
  Dataset shard;
  shard.labels = whole.labels;
  shard.feature_rows.assign(kRows, -1);
  shard.visual_features = Matrix<float>(3, kDim);
  Index place = 3;
  for (Index row = 0; row < kRows; row += 3) {
    shard.feature_rows[at(row)] = --place;
    std::ranges::copy(std::as_const(whole.visual_features).row(row),
                      shard.visual_features.row(place).begin());
  }
  return shard;
}

FeatureMap by_norm() {
  return FeatureMap(FeatureScaling{ScalingKind::kL2, {}, {}});
}

// From 4 to `out` dimensions, by norm first.
FeatureMap affine_to(Index out) {
  Rng rng(4, Purpose::kSynthetic);
  FeatureMap map = by_norm();
  map.add(AffineMap{test::normal_matrix(out, kDim, 1.0, rng), std::vector<float>(at(out), 0.5f)});
  return map;
}

// Each wanted row that is held is the mapped row of the dataset, the others have none.
void expect_prepared(const PreparedData& prepared,
                     const Dataset& dataset,
                     const std::vector<Index>& rows,
                     const FeatureMap& map) {
  const Matrix<float> all = map.mapped(dataset.visual_features);
  Index held = 0;
  ASSERT_EQ(prepared.feature_rows().size(), at(kRows));
  for (Index row = 0; row < kRows; ++row) {
    const Index place = prepared.feature_rows()[at(row)];
    const bool wanted = std::ranges::count(rows, row) > 0 && dataset.feature_row(row) >= 0;
    EXPECT_EQ(place >= 0, wanted) << row;
    if (!wanted) continue;
    ++held;
    ASSERT_LT(place, prepared.features().rows());
    for (Index d = 0; d < all.cols(); ++d) {
      // A product of fewer rows may add in another order: some ulps of terms of the order of 1.
      EXPECT_NEAR(prepared.features()(place, d), all(dataset.feature_row(row), d), 2e-6) << row;
    }
  }
  EXPECT_EQ(prepared.features().rows(), held);
  EXPECT_EQ(prepared.features().cols(), all.cols());
}

TEST(PreparedData, WithoutAMapIsAWindowOnTheDataset) {
  const std::vector<Index> rows{1, 5};
  for (const Dataset& dataset : {make_dataset(), make_shard()}) {
    const PreparedData prepared(dataset, rows, FeatureMap());
    EXPECT_EQ(prepared.features().data(), dataset.visual_features.data());
    EXPECT_EQ(prepared.features().rows(), dataset.visual_features.rows());
    EXPECT_TRUE(std::ranges::equal(prepared.feature_rows(), dataset.feature_rows));
  }
}

TEST(PreparedData, HasTheWantedRowsAloneMapped) {
  const std::vector<std::vector<Index>> cases{{0, 3, 4, 8}, {8, 2, 2, 6}, {}, {5}};
  for (const Index out : {2, 4, 7}) {  // narrower, as wide, wider
    const FeatureMap map = affine_to(out);
    for (const std::vector<Index>& rows : cases) {
      const Dataset dataset = make_dataset();
      expect_prepared(PreparedData(dataset, rows, map), dataset, rows, map);
      const Dataset shard = make_shard();
      expect_prepared(PreparedData(shard, rows, map), shard, rows, map);
    }
  }
}

TEST(PreparedData, LeavesTheDatasetAsItWasAndMayMove) {
  const Dataset dataset = make_dataset();
  const Matrix<float> before = dataset.visual_features.clone();
  const std::vector<Index> rows{2, 3, 7};
  PreparedData prepared(dataset, rows, by_norm());
  EXPECT_TRUE(
      std::equal(before.data(), before.data() + before.size(), dataset.visual_features.data()));
  PreparedData moved;
  EXPECT_TRUE(moved.features().empty());
  moved = std::move(prepared);
  expect_prepared(moved, dataset, rows, by_norm());
}

TEST(PreparedData, NamesTheStepThatDoesNotTakeTheFeatures) {
  Dataset dataset = make_dataset();
  dataset.visual_features = Matrix<float>(kRows, kDim + 1);
  expect_error(ErrorKind::kShapeMismatch, {"step 2", "affine 4 -> 2", "got 5"}, [&] {
    PreparedData(dataset, std::vector<Index>{0}, affine_to(2));
  });
}

}  // namespace
}  // namespace dem
