// Images and statistics for tests: far from zero, where sums of squares less squares of sums would
// lose nine of their digits.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "dem/learn/class_statistics.h"
#include "support/random_matrix.h"

namespace dem::test {

constexpr Index kCaseRows = 700;
constexpr Index kCaseDim = 300;  // more than a strip of the second moment
constexpr Index kCaseClasses = 5;
constexpr Index kCaseFolds = 3;

// Every fifth row does not count. Classes 2 and 4 have no images, and neither has fold 1.
struct StatisticsCase {
  Rng rng_{5, Purpose::kInit};
  Matrix<float> features_ = normal_matrix(kCaseRows, kCaseDim, 0.5, rng_);
  std::vector<ClassId> labels_;
  std::vector<Index> fold_of_class_{0, 2, 1, 2, 0};

  StatisticsCase() {
    for (Index i = 0; i < features_.size(); ++i) features_.data()[i] += 3000.0f;
    for (Index i = 0; i < kCaseRows; ++i) {
      labels_.push_back(static_cast<ClassId>(i * i % kCaseClasses - 1));  // -1, 0 or 3
      if (labels_.back() == 0 && i % 3 == 0) labels_.back() = 1;
    }
  }

  template <typename Gatherer>
  void add_blocks(Gatherer& gatherer, Index block, Index first, Index last) const {
    for (Index row = first; row < last; row += block) {
      const Index count = std::min(block, last - row);
      gatherer.add(features_.view().row_block(row, count),
                   std::span(labels_).subspan(static_cast<std::size_t>(row),
                                              static_cast<std::size_t>(count)));
    }
  }
};

// The second moment goes by the size of its diagonal.
inline void expect_close(const ClassStatistics& a, const ClassStatistics& b, double relative) {
  EXPECT_EQ(a.counts, b.counts);
  EXPECT_EQ(a.lowest, b.lowest);
  EXPECT_EQ(a.highest, b.highest);
  ASSERT_EQ(a.means.size(), b.means.size());
  for (Index i = 0; i < a.means.size(); ++i) {
    ASSERT_NEAR(a.means.data()[i], b.means.data()[i], relative * std::abs(a.means.data()[i]));
  }
  for (std::size_t j = 0; j < a.scatter.size(); ++j) {
    ASSERT_NEAR(a.scatter[j], b.scatter[j], relative * a.scatter[j]) << j;
  }
  ASSERT_EQ(a.second_moment.size(), b.second_moment.size());
  for (Index i = 0; i < a.second_moment.rows(); ++i) {
    for (Index j = 0; j < a.second_moment.cols(); ++j) {
      const double scale = std::sqrt(a.second_moment(i, i) * a.second_moment(j, j));
      ASSERT_NEAR(a.second_moment(i, j), b.second_moment(i, j), relative * scale) << i << " " << j;
    }
  }
}

}  // namespace dem::test
