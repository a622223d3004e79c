#include "dem/train/class_statistics.h"

#include <gtest/gtest.h>

#include <numeric>

#include "dem/base/threads.h"
#include "support/training_case.h"

namespace dem::test {
namespace {

class ClassStatisticsTest : public testing::Test {
 protected:
  ClassStatisticsTest()
      : whole_({.inputs = {{"attribute", 5, 1.0f}}, .hidden_dim = 9, .feature_dim = 70},
               120,
               6,
               rng_) {}
  Rng rng_{3, Purpose::kInit};
  TrainingCase whole_;
};

TEST_F(ClassStatisticsTest, AreCountsSumsAndSquaresOfTheRows) {
  whole_.rows = {3, 4, 50, 119, 7};
  whole_.data.rows = whole_.rows;
  const ClassStatistics statistics = gather_statistics(whole_.data);
  EXPECT_EQ(statistics.num_images(), 5);
  for (Index c = 0; c < 6; ++c) {
    Index count = 0;
    std::vector<double> sum(70);
    for (const Index row : whole_.rows) {
      if (whole_.labels[static_cast<std::size_t>(row)] != c) continue;
      ++count;
      for (std::size_t j = 0; j < 70; ++j) {
        sum[j] += double{whole_.features(row, static_cast<Index>(j))};
      }
    }
    EXPECT_EQ(statistics.counts[static_cast<std::size_t>(c)], count);
    for (Index j = 0; j < 70; ++j) {
      EXPECT_DOUBLE_EQ(statistics.sums(c, j), sum[static_cast<std::size_t>(j)]);
    }
  }
}

TEST_F(ClassStatisticsTest, WithinIsTheScatterAroundTheMeans) {
  const ClassStatistics statistics = gather_statistics(whole_.data);
  double expected = 0.0;
  for (const Index row : whole_.rows) {
    const auto c = static_cast<std::size_t>(whole_.labels[static_cast<std::size_t>(row)]);
    for (Index j = 0; j < 70; ++j) {
      const double mean =
          statistics.sums(static_cast<Index>(c), j) / static_cast<double>(statistics.counts[c]);
      const double difference = double{whole_.features(row, j)} - mean;
      expected += difference * difference;
    }
  }
  EXPECT_NEAR(statistics.within(), expected, 1e-10 * expected);
}

TEST_F(ClassStatisticsTest, OfTwoPartsAddUpToThoseOfTheWhole) {
  const ClassStatistics all = gather_statistics(whole_.data);
  TrainingSet first = whole_.data;
  first.rows = std::span(whole_.rows).first(47);
  TrainingSet second = whole_.data;
  second.rows = std::span(whole_.rows).subspan(47);
  ClassStatistics merged = gather_statistics(first);
  merged.add(gather_statistics(second));
  EXPECT_EQ(merged.counts, all.counts);
  for (Index i = 0; i < all.sums.size(); ++i) {
    ASSERT_NEAR(merged.sums.data()[i], all.sums.data()[i], 1e-12 * std::abs(all.sums.data()[i]));
  }
  EXPECT_NEAR(merged.within(), all.within(), 1e-10 * all.within());
}

TEST_F(ClassStatisticsTest, DoNotDependOnTheNumberOfThreads) {
  set_num_threads(1);
  const ClassStatistics one = gather_statistics(whole_.data);
  set_num_threads(3);
  const ClassStatistics three = gather_statistics(whole_.data);
  set_num_threads(0);
  EXPECT_TRUE(std::equal(one.sums.data(), one.sums.data() + one.sums.size(), three.sums.data()));
  EXPECT_EQ(one.squares, three.squares);
}

TEST_F(ClassStatisticsTest, OfOtherShapesAreNotAdded) {
  ClassStatistics statistics = gather_statistics(whole_.data);
  ClassStatistics other;
  other.sums = Matrix<double>(6, 71);
  EXPECT_THROW(statistics.add(other), Error);
}

}  // namespace
}  // namespace dem::test
