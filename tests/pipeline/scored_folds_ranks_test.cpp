// Scored folds of several ranks against those of one process. Runs under mpirun, all tests on every
// rank.
#include <gtest/gtest.h>

#include "learn/statistics_case.h"
#include "pipeline/scored_case.h"
#include "pipeline/scored_folds.h"
#include "support/mpi_group.h"
#include "support/toy_for_ranks.h"

namespace dem::test {
namespace {

class ScoredFoldsRanks : public ToyForRanks, public testing::WithParamInterface<ScalingKind> {
 protected:
  ScoredFoldsRanks() : ToyForRanks(/*feature_dim=*/20) {}
};

TEST_P(ScoredFoldsRanks, AreThoseOfOneProcess) {
  const FeatureMap base = GetParam() == ScalingKind::kL2
                              ? FeatureMap(FeatureScaling{GetParam(), {}, {}})
                              : FeatureMap();
  const Dataset whole = load(false);
  const Dataset shard = load(true);
  const PreparedData of_whole(whole, whole.split.trainval, base);
  const PreparedData of_shard(shard, shard.split.trainval, base);
  for (const Index repeat : {0, 1}) {
    const std::vector<ScoredFold> one =
        scored_folds(whole, of_whole, {7, repeat}, self_communicator());
    const std::vector<ScoredFold> ranks = scored_folds(shard, of_shard, {7, repeat}, mpi_group());
    ASSERT_EQ(one.size(), 4u);
    ASSERT_EQ(ranks.size(), 4u);
    for (std::size_t f = 0; f < one.size(); ++f) {
      EXPECT_EQ(one[f].held_out, ranks[f].held_out);
      EXPECT_TRUE(same_rows(one[f].unseen, ranks[f].unseen));
      EXPECT_TRUE(same_rows(one[f].seen, ranks[f].seen));
      EXPECT_FALSE(one[f].seen.labels.empty());
      EXPECT_EQ(ranks[f].images.rows.empty(), mpi_group().size() > 1);
      expect_close(one[f].statistics, ranks[f].statistics, 1e-11);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bases,
                         ScoredFoldsRanks,
                         testing::Values(ScalingKind::kNone, ScalingKind::kL2),
                         [](const auto& one) { return std::string(to_string(one.param)); });

}  // namespace
}  // namespace dem::test
