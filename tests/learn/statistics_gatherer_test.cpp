#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "dem/base/threads.h"
#include "dem/learn/class_statistics.h"
#include "support/training_case.h"

namespace dem::test {
namespace {

constexpr Index kRows = 700;
constexpr Index kDim = 300;  // more than a strip of the second moment
constexpr Index kClasses = 5;

// Features far from zero: sums of squares less squares of sums would lose nine of their digits.
class StatisticsGathererTest : public testing::Test {
 protected:
  StatisticsGathererTest() : features_(normal_matrix(kRows, kDim, 0.5, rng_)) {
    for (Index i = 0; i < features_.size(); ++i) features_.data()[i] += 3000.0f;
    for (Index i = 0; i < kRows; ++i) labels_.push_back(static_cast<ClassId>(i * i % kClasses - 1));
    // Squares leave 0, 1 and 4 by 5: class 3 - 1 has no image, and every fifth row does not count.
  }
  [[nodiscard]] ClassStatistics gather(Index block, Index first = 0, Index last = kRows) const {
    StatisticsGatherer gatherer(kClasses, kDim, true);
    for (Index row = first; row < last; row += block) {
      const Index count = std::min(block, last - row);
      gatherer.add(features_.view().row_block(row, count),
                   std::span(labels_).subspan(static_cast<std::size_t>(row),
                                              static_cast<std::size_t>(count)));
    }
    return gatherer.finish();
  }
  [[nodiscard]] static double within_error(double a, double b) {
    return std::abs(a - b) / std::max(std::abs(a), std::abs(b));
  }
  static void expect_close(const ClassStatistics& a, const ClassStatistics& b, double relative) {
    EXPECT_EQ(a.counts, b.counts);
    EXPECT_EQ(a.lowest, b.lowest);
    EXPECT_EQ(a.highest, b.highest);
    for (Index i = 0; i < a.means.size(); ++i) {
      ASSERT_NEAR(a.means.data()[i], b.means.data()[i], relative * std::abs(a.means.data()[i]));
    }
    for (std::size_t j = 0; j < a.scatter.size(); ++j) {
      ASSERT_NEAR(a.scatter[j], b.scatter[j], relative * a.scatter[j]) << j;
    }
    for (Index i = 0; i < kDim; ++i) {
      for (Index j = 0; j < kDim; ++j) {
        const double scale = std::sqrt(a.second_moment(i, i) * a.second_moment(j, j));
        ASSERT_NEAR(a.second_moment(i, j), b.second_moment(i, j), relative * scale)
            << i << " " << j;
      }
    }
  }

  Rng rng_{5, Purpose::kInit};
  Matrix<float> features_;
  std::vector<ClassId> labels_;
};

TEST_F(StatisticsGathererTest, SecondMomentAndScatterAreThoseOfPlainLoops) {
  const ClassStatistics got = gather(kRows);
  Matrix<double> expected(kDim, kDim);
  std::vector<double> deviation(kDim);
  for (Index row = 0; row < kRows; ++row) {
    const ClassId label = labels_[static_cast<std::size_t>(row)];
    if (label < 0) continue;
    for (Index j = 0; j < kDim; ++j) {
      deviation[static_cast<std::size_t>(j)] = double{features_(row, j)} - got.means(label, j);
    }
    for (Index i = 0; i < kDim; ++i) {
      for (Index j = 0; j < kDim; ++j) {
        expected(i, j) +=
            deviation[static_cast<std::size_t>(i)] * deviation[static_cast<std::size_t>(j)];
      }
    }
  }
  for (Index i = 0; i < kDim; ++i) {
    const auto position = static_cast<std::size_t>(i);
    ASSERT_NEAR(got.scatter[position], expected(i, i), 1e-12 * expected(i, i)) << i;
    for (Index j = 0; j < kDim; ++j) {
      const double scale = std::sqrt(expected(i, i) * expected(j, j));
      ASSERT_NEAR(got.second_moment(i, j), expected(i, j), 1e-12 * scale) << i << " " << j;
      ASSERT_EQ(got.second_moment(i, j), got.second_moment(j, i));
    }
  }
}

TEST_F(StatisticsGathererTest, BlocksOfAnySizeGiveTheSame) {
  const ClassStatistics whole = gather(kRows);
  for (const Index block : {1, 7, 256, 699}) {
    const ClassStatistics parts = gather(block);
    expect_close(whole, parts, 1e-12);
    EXPECT_TRUE(std::equal(
        whole.means.data(), whole.means.data() + whole.means.size(), parts.means.data()));
    EXPECT_EQ(whole.scatter, parts.scatter);
  }
}

TEST_F(StatisticsGathererTest, PartsMergeToTheWhole) {
  const ClassStatistics whole = gather(kRows);
  for (const Index cut : {Index{1}, Index{2}, Index{350}, kRows}) {
    ClassStatistics merged = gather(kRows, 0, cut);
    merged.add(gather(kRows, cut, kRows));
    expect_close(whole, merged, 1e-12);
  }
}

TEST_F(StatisticsGathererTest, DoesNotDependOnTheNumberOfThreads) {
  set_num_threads(1);
  const ClassStatistics one = gather(128);
  set_num_threads(3);
  const ClassStatistics three = gather(128);
  set_num_threads(0);
  EXPECT_TRUE(std::equal(one.second_moment.data(),
                         one.second_moment.data() + one.second_moment.size(),
                         three.second_moment.data()));
  EXPECT_EQ(one.scatter, three.scatter);
}

// Statistics of scaled images, up to the rounding of these to float32: 2^-24 of numbers below 10.
TEST_F(StatisticsGathererTest, ScaleAsTheImagesDo) {
  std::vector<Index> rows;
  for (Index row = 0; row < kRows; ++row) {
    if (labels_[static_cast<std::size_t>(row)] >= 0) rows.push_back(row);
  }
  for (const ScalingKind kind :
       {ScalingKind::kNone, ScalingKind::kMinMax, ScalingKind::kStandard}) {
    const FeatureScaling expected = FeatureScaling::fit(kind, features_, rows);
    ClassStatistics scaled = gather(kRows);
    const FeatureScaling scaling = scaled.fit_scaling(kind);
    ASSERT_EQ(scaling.shift.size(), expected.shift.size());
    for (std::size_t j = 0; j < scaling.shift.size(); ++j) {
      ASSERT_FLOAT_EQ(scaling.shift[j], expected.shift[j]);
      ASSERT_FLOAT_EQ(scaling.factor[j], expected.factor[j]);
    }
    scaled.scale(expected);
    Matrix<float> kept = std::exchange(features_, features_.clone());
    expected.apply(features_);
    const ClassStatistics direct = gather(kRows);
    features_ = std::move(kept);
    for (Index i = 0; i < scaled.means.size(); ++i) {
      const double scale = 10.0 + std::abs(direct.means.data()[i]);
      ASSERT_NEAR(scaled.means.data()[i], direct.means.data()[i], 6e-8 * scale);
    }
    for (Index i = 0; i < kDim; ++i) {
      ASSERT_NEAR(scaled.second_moment(i, i),
                  direct.second_moment(i, i),
                  1e-5 * direct.second_moment(i, i));
    }
  }
  FeatureScaling l2{ScalingKind::kL2, {}, {}};
  EXPECT_THROW(gather(kRows).scale(l2), Error);
}

TEST_F(StatisticsGathererTest, WhatDoesNotFitIsRefused) {
  StatisticsGatherer gatherer(kClasses, kDim, false);
  const std::vector<ClassId> outside{5};
  EXPECT_THROW(gatherer.add(features_.view().row_block(0, 1), outside), Error);
  EXPECT_THROW(gatherer.add(features_.view().row_block(0, 2), outside), Error);
  ClassStatistics without = gatherer.finish();
  EXPECT_THROW(without.add(gather(kRows)), Error);
  EXPECT_THROW((void)without.fit_scaling(ScalingKind::kMinMax), Error);
}

}  // namespace
}  // namespace dem::test
