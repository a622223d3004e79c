// Statistics by fold of several ranks against those of one. Runs under mpirun, all tests on every
// rank.
#include <gtest/gtest.h>

#include <numeric>

#include "dem/learn/fold_statistics.h"
#include "learn/statistics_case.h"
#include "support/mpi_group.h"

namespace dem::test {
namespace {

class StatisticsRanks : public testing::Test, protected StatisticsCase {
 protected:
  StatisticsRanks() {
    embeddings_.emplace_back(kCaseClasses, 2);
    for (Index i = 0; i < kCaseRows; ++i) {
      if (labels_[static_cast<std::size_t>(i)] >= 0) rows_.push_back(i);
    }
  }
  [[nodiscard]] TrainingSet whole() const {
    return {features_, labels_, rows_, {embeddings_.begin(), embeddings_.end()}};
  }
  // Rank r of N holds rows r, r + N, ...; or all of them are the root's.
  [[nodiscard]] TrainingSet shard(bool all_at_root) {
    const int size = mpi_group().size();
    Index held = 0;
    feature_rows_.assign(static_cast<std::size_t>(kCaseRows), -1);
    held_ = Matrix<float>(kCaseRows, kCaseDim);
    for (Index i = 0; i < kCaseRows; ++i) {
      if (mpi_group().rank() != (all_at_root ? 0 : i % size)) continue;
      const auto row = features_.row(i);
      std::copy(row.begin(), row.end(), held_.row(held).begin());
      feature_rows_[static_cast<std::size_t>(i)] = held++;
    }
    TrainingSet data = whole();
    data.visual_features = held_.view().row_block(0, held);
    data.feature_rows = feature_rows_;
    data.group = &mpi_group();
    return data;
  }

  std::vector<Matrix<float>> embeddings_;
  std::vector<Index> rows_;
  Matrix<float> held_;
  std::vector<Index> feature_rows_;
};

TEST_F(StatisticsRanks, OfFoldsAreThoseOfOneProcess) {
  const FoldStatistics one = gather_fold_statistics(whole(), fold_of_class_, true);
  ASSERT_EQ(one.num_folds(), kCaseFolds);
  for (const bool all_at_root : {false, true}) {
    const FoldStatistics ranks = gather_fold_statistics(shard(all_at_root), fold_of_class_, true);
    ASSERT_EQ(ranks.num_folds(), kCaseFolds);
    for (Index f = 0; f < kCaseFolds; ++f) expect_close(one.only(f), ranks.only(f), 1e-11);
    if (mpi_group().size() > 1) continue;
    EXPECT_EQ(one.parts[0].scatter, ranks.parts[0].scatter);
  }
}

TEST_F(StatisticsRanks, AreTheSameOnEveryRank) {
  const ClassStatistics all = gather_fold_statistics(shard(false), fold_of_class_, true).all();
  std::vector<double> roots(all.second_moment.data(),
                            all.second_moment.data() + all.second_moment.size());
  const std::vector<double> own = roots;
  mpi_group().broadcast(std::as_writable_bytes(std::span(roots)), 0);
  EXPECT_EQ(own, roots);
}

TEST_F(StatisticsRanks, WithoutFoldsAreThoseOfOneProcess) {
  expect_close(gather_statistics(whole()), gather_statistics(shard(false)), 1e-11);
}

TEST_F(StatisticsRanks, FoldsThatDoNotFitAreRefusedByAll) {
  const std::vector<Index> few{0, 1};
  EXPECT_THROW((void)gather_fold_statistics(shard(false), few, false), Error);
}

}  // namespace
}  // namespace dem::test
