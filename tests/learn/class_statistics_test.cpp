#include "dem/learn/class_statistics.h"

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

TEST_F(ClassStatisticsTest, AreCountsAndMeansOfTheRows) {
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
      const double mean = count == 0 ? 0.0 : sum[static_cast<std::size_t>(j)] / double(count);
      EXPECT_NEAR(statistics.means(c, j), mean, 1e-14 * (1.0 + std::abs(mean)));
    }
  }
}

TEST_F(ClassStatisticsTest, WithinIsTheScatterAroundTheMeans) {
  const ClassStatistics statistics = gather_statistics(whole_.data);
  double expected = 0.0;
  for (const Index row : whole_.rows) {
    const auto c = static_cast<std::size_t>(whole_.labels[static_cast<std::size_t>(row)]);
    for (Index j = 0; j < 70; ++j) {
      const double mean = statistics.means(static_cast<Index>(c), j);
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
  for (Index i = 0; i < all.means.size(); ++i) {
    ASSERT_NEAR(merged.means.data()[i], all.means.data()[i], 1e-12 * std::abs(all.means.data()[i]));
  }
  EXPECT_NEAR(merged.within(), all.within(), 1e-10 * all.within());
}

TEST_F(ClassStatisticsTest, DoNotDependOnTheNumberOfThreads) {
  set_num_threads(1);
  const ClassStatistics one = gather_statistics(whole_.data);
  set_num_threads(3);
  const ClassStatistics three = gather_statistics(whole_.data);
  set_num_threads(0);
  EXPECT_TRUE(
      std::equal(one.means.data(), one.means.data() + one.means.size(), three.means.data()));
  EXPECT_EQ(one.scatter, three.scatter);
}

TEST_F(ClassStatisticsTest, OfOtherShapesAreNotAdded) {
  ClassStatistics statistics = gather_statistics(whole_.data);
  ClassStatistics other;
  other.means = Matrix<double>(6, 71);
  EXPECT_THROW(statistics.add(other), Error);
}

}  // namespace
}  // namespace dem::test
