#include "dem/model/feature_scaling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>

#include "dem/base/error.h"
#include "dem/base/threads.h"

namespace dem {
namespace {

constexpr double kFloatEpsilon = std::numeric_limits<float>::epsilon();

Matrix<float> random_features(Index rows, Index cols, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  Matrix<float> features(rows, cols);
  for (Index i = 0; i < rows; ++i) {
    for (Index d = 0; d < cols; ++d) {
      // Every dimension has its own level and spread.
      features(i, d) = static_cast<float>(d) * 3.0f + static_cast<float>(d + 1) * normal(generator);
    }
  }
  return features;
}

std::vector<Index> iota(Index first, Index count) {
  std::vector<Index> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

ErrorKind kind_of_failure(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "expected an error";
  return ErrorKind::kInternal;
}

TEST(FeatureScaling, NamesGoBothWays) {
  for (const ScalingKind kind :
       {ScalingKind::kNone, ScalingKind::kMinMax, ScalingKind::kStandard, ScalingKind::kL2}) {
    EXPECT_EQ(scaling_kind_from_string(to_string(kind)), kind) << to_string(kind);
  }
  EXPECT_EQ(to_string(ScalingKind::kMinMax), "minmax");
  EXPECT_EQ(kind_of_failure([] { static_cast<void>(scaling_kind_from_string("max")); }),
            ErrorKind::kInvalidArgument);
}

// Rows 0, 2, 3 of the first column are 1, 5, 3 and of the second 7, 7, 7; row 1 is not for
// training.
//   min-max   column 1: shift 1, factor 1/4;       column 2 (constant): shift 7, factor 1
//   standard  column 1: mean 3, variance 8/3;      column 2: mean 7, factor 1
TEST(FeatureScaling, FitsTheWorkedExample) {
  Matrix<float> features(4, 2);
  const float values[4][2] = {{1, 7}, {100, -100}, {5, 7}, {3, 7}};
  for (Index i = 0; i < 4; ++i) std::copy_n(values[i], 2, features.row(i).begin());
  const std::vector<Index> rows = {0, 2, 3};

  const auto min_max = FeatureScaling::fit(ScalingKind::kMinMax, features, rows);
  EXPECT_EQ(min_max.shift, (std::vector<float>{1, 7}));
  EXPECT_EQ(min_max.factor, (std::vector<float>{0.25f, 1}));

  const auto standard = FeatureScaling::fit(ScalingKind::kStandard, features, rows);
  EXPECT_EQ(standard.shift, (std::vector<float>{3, 7}));
  EXPECT_EQ(standard.factor,
            (std::vector<float>{static_cast<float>(1.0 / std::sqrt(8.0 / 3.0)), 1}));

  min_max.apply(features);
  const float expected[4][2] = {{0, 0}, {24.75f, -107}, {1, 0}, {0.5f, 0}};
  for (Index i = 0; i < 4; ++i) {
    for (Index d = 0; d < 2; ++d) EXPECT_EQ(features(i, d), expected[i][d]) << i << " " << d;
  }
}

TEST(FeatureScaling, MinMaxRefusesNanWhereverItStands) {
  for (const Index row : {0, 1, 2}) {
    Matrix<float> features = random_features(3, 2, 1);
    features(row, 1) = std::numeric_limits<float>::quiet_NaN();
    try {
      (void)FeatureScaling::fit(ScalingKind::kMinMax, features, iota(0, 3));
      FAIL() << row;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kNumerical);
    }
  }
}

TEST(FeatureScaling, MinMaxLandsTrainingRowsInTheUnitInterval) {
  Matrix<float> features = random_features(3000, 17, 1);
  const std::vector<Index> rows = iota(100, 2000);
  FeatureScaling::fit(ScalingKind::kMinMax, features, rows).apply(features);
  for (Index d = 0; d < features.cols(); ++d) {
    float low = 1.0f;
    float high = 0.0f;
    for (const Index i : rows) {
      ASSERT_GE(features(i, d), 0.0f) << i << " " << d;
      ASSERT_LE(features(i, d), 1.0f) << i << " " << d;
      low = std::min(low, features(i, d));
      high = std::max(high, features(i, d));
    }
    EXPECT_EQ(low, 0.0f) << d;
    EXPECT_NEAR(high, 1.0, kFloatEpsilon) << d;
  }
}

// The scaled value errs by a few roundings of numbers up to max |x| / sd, here some tens.
TEST(FeatureScaling, StandardLandsTrainingRowsAtMeanZeroAndDeviationOne) {
  Matrix<float> features = random_features(3000, 17, 2);
  const std::vector<Index> rows = iota(500, 2500);
  FeatureScaling::fit(ScalingKind::kStandard, features, rows).apply(features);
  for (Index d = 0; d < features.cols(); ++d) {
    double sum = 0.0;
    double squares = 0.0;
    for (const Index i : rows) {
      const double x = features(i, d);
      sum += x;
      squares += x * x;
    }
    const double n = static_cast<double>(rows.size());
    EXPECT_NEAR(sum / n, 0.0, 32 * kFloatEpsilon) << d;
    EXPECT_NEAR(squares / n, 1.0, 64 * kFloatEpsilon) << d;
  }
}

// In float32 the sum of 20,000 values near 4096 would be off by whole units: the mean would miss by
// more than the spread of 1/64.
TEST(FeatureScaling, SumsAreTakenInDouble) {
  Matrix<float> features(20000, 1);
  for (Index i = 0; i < features.rows(); ++i) {
    features(i, 0) = 4096.0f + (i % 2 == 0 ? 1.0f : -1.0f) / 64.0f;
  }
  const auto scaling = FeatureScaling::fit(ScalingKind::kStandard, features, iota(0, 20000));
  EXPECT_EQ(scaling.shift[0], 4096.0f);
  EXPECT_EQ(scaling.factor[0], 64.0f);
}

TEST(FeatureScaling, L2LeavesUnitRowsAndZeroRows) {
  Matrix<float> features = random_features(50, 33, 3);
  std::fill(features.row(7).begin(), features.row(7).end(), 0.0f);
  features(8, 0) = 1e30f;  // its square is beyond float32
  const auto scaling = FeatureScaling::fit(ScalingKind::kL2, features, iota(0, 50));
  EXPECT_TRUE(scaling.shift.empty());
  EXPECT_TRUE(scaling.factor.empty());
  scaling.apply(features);
  for (Index i = 0; i < features.rows(); ++i) {
    double squares = 0.0;
    for (const float x : features.row(i)) squares += static_cast<double>(x) * x;
    EXPECT_NEAR(squares, i == 7 ? 0.0 : 1.0, 4 * kFloatEpsilon) << i;
  }
}

TEST(FeatureScaling, NoneChangesNothing) {
  Matrix<float> features = random_features(5, 3, 4);
  const Matrix<float> before = features.clone();
  FeatureScaling::fit(ScalingKind::kNone, features, iota(0, 5)).apply(features);
  FeatureScaling{}.apply(features);
  EXPECT_TRUE(std::equal(features.data(), features.data() + features.size(), before.data()));
}

TEST(FeatureScaling, AppliesToAWindowAndLeavesTheRestAlone) {
  Matrix<float> features = random_features(6, 5, 5);
  const Matrix<float> before = features.clone();
  const MatrixView<float> window(features.data(), 6, 3, 5);
  FeatureScaling::fit(ScalingKind::kStandard, window, iota(0, 6)).apply(window);
  for (Index i = 0; i < 6; ++i) {
    EXPECT_NE(features(i, 2), before(i, 2)) << i;
    for (Index d = 3; d < 5; ++d) EXPECT_EQ(features(i, d), before(i, d)) << i << " " << d;
  }
}

TEST(FeatureScaling, ThreadsDoNotChangeABit) {
  const Matrix<float> features = random_features(20000, 13, 6);
  const std::vector<Index> rows = iota(0, 20000);
  for (const ScalingKind kind : {ScalingKind::kMinMax, ScalingKind::kStandard, ScalingKind::kL2}) {
    std::vector<Matrix<float>> results;
    for (const int threads : {1, 2, 3}) {
      set_num_threads(threads);
      results.push_back(features.clone());
      FeatureScaling::fit(kind, features, rows).apply(results.back());
    }
    set_num_threads(0);
    for (const Matrix<float>& result : results) {
      EXPECT_TRUE(std::equal(result.data(), result.data() + result.size(), results[0].data()))
          << to_string(kind);
    }
  }
}

TEST(FeatureScaling, ADimensionTooNarrowForFloat32CountsAsConstant) {
  Matrix<float> features(2, 1);
  features(1, 0) = std::numeric_limits<float>::denorm_min();
  for (const ScalingKind kind : {ScalingKind::kMinMax, ScalingKind::kStandard}) {
    EXPECT_EQ(FeatureScaling::fit(kind, features, iota(0, 2)).factor[0], 1.0f) << to_string(kind);
  }
}

TEST(FeatureScaling, RefusesWhatItCannotFitOrApply) {
  Matrix<float> features = random_features(4, 3, 7);
  const auto fit = [&](const std::vector<Index>& rows) {
    return [&features, rows] {
      static_cast<void>(FeatureScaling::fit(ScalingKind::kStandard, features, rows));
    };
  };
  EXPECT_EQ(kind_of_failure(fit({})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_failure(fit({0, 4})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_failure(fit({-1})), ErrorKind::kInvalidArgument);

  const auto scaling = FeatureScaling::fit(ScalingKind::kStandard, features, iota(0, 4));
  Matrix<float> wider(2, 4);
  EXPECT_EQ(kind_of_failure([&] { scaling.apply(wider); }), ErrorKind::kShapeMismatch);

  features(2, 1) = std::numeric_limits<float>::infinity();
  EXPECT_EQ(kind_of_failure(fit({0, 1, 2})), ErrorKind::kNumerical);
}

}  // namespace
}  // namespace dem
