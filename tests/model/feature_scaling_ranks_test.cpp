// Feature scaling of rows that several ranks hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "dem/model/feature_scaling.h"
#include "support/mpi_group.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

constexpr ScalingKind kKinds[] = {
    ScalingKind::kNone, ScalingKind::kMinMax, ScalingKind::kStandard, ScalingKind::kL2};
constexpr Index kDim = 7;

// Every fifth row is not a training row. Rows lie on the ranks in turn, save that the last of
// several ranks holds none.
struct Sample {
  explicit Sample(Index n) {
    const int size = mpi_group().size();
    const Index holders = size == 1 ? 1 : size - 1;
    Rng rng(3, Purpose::kSynthetic);
    all = test::normal_matrix(n, kDim, 5.0, rng);
    for (Index i = 0; i < n; ++i) all(i, 2) = 4.0f;  // constant
    std::vector<Index> held;
    for (Index i = 0; i < n; ++i) {
      const bool trains = i % 5 != 0;
      const bool is_mine = i % holders == mpi_group().rank();
      if (trains) all_rows.push_back(i);
      if (trains && is_mine) my_rows.push_back(static_cast<Index>(held.size()));
      if (is_mine) held.push_back(i);
    }
    mine = Matrix<float>(static_cast<Index>(held.size()), kDim);
    for (std::size_t i = 0; i < held.size(); ++i) {
      std::copy_n(all.view().row(held[i]).data(), kDim, mine.row(static_cast<Index>(i)).data());
    }
  }

  Matrix<float> all, mine;
  std::vector<Index> all_rows, my_rows;
};

TEST(FeatureScalingRanks, FitWhatOneProcessFitsToAllRows) {
  const Sample s(1000);
  for (const ScalingKind kind : kKinds) {
    const auto expected = FeatureScaling::fit(kind, s.all, s.all_rows);
    const auto found = FeatureScaling::fit(kind, s.mine, s.my_rows, mpi_group());
    EXPECT_EQ(found.kind, kind);
    ASSERT_EQ(found.shift.size(), expected.shift.size());
    ASSERT_EQ(found.factor.size(), expected.factor.size());
    for (std::size_t d = 0; d < expected.shift.size(); ++d) {
      if (kind == ScalingKind::kMinMax || mpi_group().size() == 1) {
        EXPECT_EQ(found.shift[d], expected.shift[d]) << d;
        EXPECT_EQ(found.factor[d], expected.factor[d]) << d;
      } else {  // double sums in another order, rounded to float
        EXPECT_FLOAT_EQ(found.shift[d], expected.shift[d]) << d;
        EXPECT_FLOAT_EQ(found.factor[d], expected.factor[d]) << d;
      }
    }
  }
}

TEST(FeatureScalingRanks, FitTheSameOnAllRanks) {
  const Sample s(500);
  for (const ScalingKind kind : {ScalingKind::kMinMax, ScalingKind::kStandard}) {
    const auto found = FeatureScaling::fit(kind, s.mine, s.my_rows, mpi_group());
    std::vector<double> low, high;
    for (std::size_t d = 0; d < found.shift.size(); ++d) {
      for (const float value : {found.shift[d], found.factor[d]}) {
        low.push_back(double{value});
        high.push_back(-double{value});
      }
    }
    mpi_group().least(low);
    mpi_group().least(high);
    for (std::size_t i = 0; i < low.size(); ++i) EXPECT_EQ(low[i], -high[i]) << i;
  }
}

void expect_error_everywhere(ErrorKind kind,
                             ScalingKind scaling,
                             const Matrix<float>& features,
                             const std::vector<Index>& rows) {
  try {
    (void)FeatureScaling::fit(scaling, features, rows, mpi_group());
    ADD_FAILURE() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
  }
}

TEST(FeatureScalingRanks, RefuseOnAllWhatOneRankHas) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (int holder = 0; holder < std::max(1, mpi_group().size() - 1); ++holder) {
      Sample s(60);
      if (mpi_group().rank() == holder) s.mine(s.my_rows[1], 5) = bad;
      for (const ScalingKind kind : {ScalingKind::kMinMax, ScalingKind::kStandard}) {
        expect_error_everywhere(ErrorKind::kNumerical, kind, s.mine, s.my_rows);
      }
    }
  }
}

TEST(FeatureScalingRanks, RefuseARowThatOneRankDoesNotHave) {
  Sample s(60);
  if (mpi_group().is_root()) s.my_rows.push_back(60);
  expect_error_everywhere(ErrorKind::kInvalidArgument, ScalingKind::kL2, s.mine, s.my_rows);
}

TEST(FeatureScalingRanks, NeedARowOnSomeRank) {
  const Sample s(60);
  expect_error_everywhere(ErrorKind::kInvalidArgument, ScalingKind::kStandard, s.mine, {});
}

}  // namespace
}  // namespace dem
