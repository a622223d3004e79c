#include "data/distinct_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"

namespace dem {
namespace {

using testing::ElementsAre;

TEST(DistinctRows, NumbersGroupsByFirstAppearance) {
  const float values[] = {1, 2, 3, 4, 1, 2, 5, 6, 3, 4};
  const MatrixView<const float> views[] = {{values, 5, 2}};
  const DistinctRows distinct = find_distinct_rows(views);
  EXPECT_THAT(distinct.first, ElementsAre(0, 1, 3));
  EXPECT_THAT(distinct.group_of, ElementsAre(0, 1, 0, 2, 1));
}

TEST(DistinctRows, SeveralMatricesMustAllAgree) {
  const float left[] = {1, 1, 2, 1};
  const float right[] = {5, 6, 5, 5};
  const MatrixView<const float> views[] = {{left, 4, 1}, {right, 4, 1}};
  EXPECT_THAT(find_distinct_rows(views).group_of, ElementsAre(0, 1, 2, 0));
  // The same bytes cut at another place: (1, 23) and (12, 3) are different pairs.
  const float a[] = {1, 12};
  const float b[] = {23, 3};
  const MatrixView<const float> pairs[] = {{a, 2, 1}, {b, 2, 1}};
  EXPECT_EQ(find_distinct_rows(pairs).size(), 2);
}

TEST(DistinctRows, AgreesWithComparingEveryPair) {
  Rng rng(3, Purpose::kSynthetic);
  constexpr Index kRows = 600;  // more than one piece of the parallel loop
  Matrix<float> matrix(kRows, 3);
  for (float& v : std::span(matrix.data(), static_cast<std::size_t>(matrix.size()))) {
    v = static_cast<float>(rng.below(4));
  }
  const MatrixView<const float> views[] = {matrix};
  const DistinctRows distinct = find_distinct_rows(views);
  std::vector<Index> first;
  std::vector<Index> group_of;
  for (Index i = 0; i < kRows; ++i) {
    std::size_t g = 0;
    const auto equal = [&](Index j) {
      return std::equal(matrix.row(i).begin(), matrix.row(i).end(), matrix.row(j).begin());
    };
    while (g < first.size() && !equal(first[g])) ++g;
    if (g == first.size()) first.push_back(i);
    group_of.push_back(static_cast<Index>(g));
  }
  EXPECT_EQ(distinct.first, first);
  EXPECT_EQ(distinct.group_of, group_of);
}

TEST(DistinctRows, NoRowsHaveNoGroups) {
  EXPECT_EQ(find_distinct_rows({}).size(), 0);
}

// Rows 0 and 2 differ by less than the rounding, rows 0 and 3 by more.
TEST(DistinctDirections, AreRoundedToAMillionth) {
  const double values[] = {0.6, 0.8, 1, 0, 0.6 + 1e-8, 0.8, 0.6 + 2e-6, 0.8, 1, 0};
  const DistinctRows distinct = find_distinct_directions({values, 5, 2});
  EXPECT_THAT(distinct.first, ElementsAre(0, 1, 3));
  EXPECT_THAT(distinct.group_of, ElementsAre(0, 1, 0, 2, 1));
}

}  // namespace
}  // namespace dem
