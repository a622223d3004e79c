#include "dem/learn/row_sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "dem/base/error.h"
#include "support/random_matrix.h"

namespace dem::test {
namespace {

constexpr Index kDim = 6;
const std::vector<std::string> kNames{"ox", "bee", "cow", "ant"};

class RowSampleTest : public testing::Test {
 protected:
  RowSampleTest() : features_(normal_matrix(2000, kDim, 1.0, rng_)) {
    for (Index i = 0; i < 2000; ++i) labels_.push_back(static_cast<ClassId>(i % 5 - 1));
  }
  // The rows `order` in blocks.
  [[nodiscard]] RowSample sample(const std::vector<Index>& order,
                                 Index max_rows,
                                 std::size_t block = 64) const {
    RowSampler sampler(kNames, kDim, max_rows, static_cast<Index>(order.size()));
    for (std::size_t first = 0; first < order.size(); first += block) {
      const std::size_t count = std::min(block, order.size() - first);
      Matrix<float> rows(static_cast<Index>(count), kDim);
      std::vector<ClassId> labels;
      for (std::size_t i = 0; i < count; ++i) {
        const auto row = features_.row(order[first + i]);
        std::copy(row.begin(), row.end(), rows.row(static_cast<Index>(i)).begin());
        labels.push_back(labels_[static_cast<std::size_t>(order[first + i])]);
      }
      sampler.add(rows, labels);
    }
    return std::move(sampler).finish();
  }
  [[nodiscard]] static std::vector<Index> range(Index first, Index last) {
    std::vector<Index> rows(static_cast<std::size_t>(last - first));
    std::iota(rows.begin(), rows.end(), first);
    return rows;
  }
  static void expect_same(const RowSample& a, const RowSample& b) {
    EXPECT_EQ(a.labels, b.labels);
    ASSERT_EQ(a.features.size(), b.features.size());
    EXPECT_TRUE(
        std::equal(a.features.data(), a.features.data() + a.features.size(), b.features.data()));
  }

  Rng rng_{9, Purpose::kInit};
  Matrix<float> features_;
  std::vector<ClassId> labels_;
  std::vector<Index> order_ = range(0, 2000);
};

TEST_F(RowSampleTest, HasTheRowsOfTheSmallestHashesInTheirOrder) {
  std::vector<std::pair<std::uint64_t, Index>> hashes;
  for (Index i = 0; i < 2000; ++i) {
    const ClassId label = labels_[static_cast<std::size_t>(i)];
    if (label < 0) continue;
    hashes.emplace_back(
        sample_hash(features_.row(i), sample_seed(kNames[static_cast<std::size_t>(label)])), i);
  }
  std::sort(hashes.begin(), hashes.end());
  const RowSample got = sample(range(0, 2000), 300);
  EXPECT_EQ(got.max_rows, 300);
  ASSERT_EQ(got.size(), 300);
  for (Index i = 0; i < 300; ++i) {
    const Index row = hashes[static_cast<std::size_t>(i)].second;
    EXPECT_EQ(got.labels[static_cast<std::size_t>(i)], labels_[static_cast<std::size_t>(row)]);
    for (Index j = 0; j < kDim; ++j) ASSERT_EQ(got.features(i, j), features_(row, j)) << i;
  }
}

TEST_F(RowSampleTest, DoesNotDependOnOrderOrBlocks) {
  const RowSample expected = sample(range(0, 2000), 300);
  std::vector<Index> order = range(0, 2000);
  std::reverse(order.begin(), order.end());
  for (const std::size_t block : {std::size_t{1}, std::size_t{77}, std::size_t{2000}}) {
    expect_same(sample(order, 300, block), expected);
  }
}

TEST_F(RowSampleTest, OfSamplesIsThatOfAllImages) {
  const RowSample a = sample(range(0, 700), 300);
  const RowSample b = sample(range(700, 2000), 300);
  RowSampler both(kNames, kDim, 300, a.size() + b.size());
  both.add(b.features, b.labels);
  both.add(a.features, a.labels);
  expect_same(std::move(both).finish(), sample(range(0, 2000), 300));
}

TEST_F(RowSampleTest, FirstRowsAreTheSmallerSample) {
  const RowSample more = sample(range(0, 2000), 300);
  const RowSample fewer = sample(range(0, 2000), 40);
  EXPECT_TRUE(std::equal(fewer.labels.begin(), fewer.labels.end(), more.labels.begin()));
  EXPECT_TRUE(std::equal(
      fewer.features.data(), fewer.features.data() + fewer.features.size(), more.features.data()));
}

// One image a thousand times: it is in the sample once or not at all, and crowds nothing out.
TEST_F(RowSampleTest, ImagesThatAreTheSameAreOne) {
  const RowSample expected = sample(range(0, 2000), 300);
  const auto drawn = std::find_if(order_.begin(), order_.end(), [&](Index row) {
    const auto x = features_.row(row);
    return std::equal(x.begin(), x.end(), expected.features.row(0).begin());
  });
  std::vector<Index> order(1000, *drawn);
  order.insert(order.end(), order_.begin(), order_.end());
  order.insert(order.end(), 1000, *drawn);
  expect_same(sample(order, 300), expected);
  order.insert(order.end(), 1000, 4);
  const RowSample all = sample(order, 5000);
  EXPECT_EQ(all.size(), 1600);  // every fifth row does not count
  EXPECT_EQ(all.max_rows, 5000);
  // The same bits of another class are another image.
  const auto row = features_.row(1);
  std::copy(row.begin(), row.end(), features_.row(2).begin());
  EXPECT_EQ(sample(range(1, 3), 5).size(), 2);
}

TEST_F(RowSampleTest, TakesClassesByTheirShareOfImages) {
  const RowSample got = sample(range(0, 2000), 800);  // of 4 x 400
  std::vector<Index> counts(4);
  for (const ClassId label : got.labels) ++counts[static_cast<std::size_t>(label)];
  // Hypergeometric of mean 200 and standard deviation 8.7.
  for (const Index count : counts) EXPECT_NEAR(static_cast<double>(count), 200.0, 5 * 8.7);
}

TEST_F(RowSampleTest, GivesTheRowsOfAFold) {
  const RowSample got = sample(range(0, 2000), 300);
  const std::vector<Index> folds{0, 1, 0, 1};
  const std::vector<Index> rows = got.rows_of_fold(folds, 1);
  EXPECT_EQ(rows.size() + got.rows_of_fold(folds, 0).size(), 300u);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  for (const Index row : rows) EXPECT_EQ(got.labels[static_cast<std::size_t>(row)] % 2, 1);
}

TEST_F(RowSampleTest, MayBeEmpty) {
  EXPECT_EQ(sample(range(0, 20), 0).size(), 0);
  EXPECT_THROW(RowSampler(kNames, kDim, -1, 5), Error);
}

}  // namespace
}  // namespace dem::test
