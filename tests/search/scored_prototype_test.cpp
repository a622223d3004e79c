// Nearest prototypes that have scales and offsets.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dem/base/error.h"
#include "dem/search/nearest_prototype.h"
#include "random_search.h"
#include "search_oracle.h"

namespace dem {
namespace {

using test::copy_row;
using test::drawn;
using test::kShapes;
using test::name_of;
using test::normal;
using test::Shape;

// Scales and offsets of m prototypes: none, equal, or each its own.
Prototypes scored(Matrix<float> rows, bool scales, bool offsets, std::mt19937& generator) {
  Prototypes prototypes{std::move(rows), {}, {}};
  for (Index j = 0; j < prototypes.rows.rows(); ++j) {
    if (scales) prototypes.scale.push_back(std::exp2(normal(generator)));
    if (offsets) prototypes.offset.push_back(normal(generator));
  }
  return prototypes;
}

// Scores are sums of dim terms, scaled, and an offset: where two rows come in another order than
// the oracle's, their rounding in double must explain it.
void expect_oracle_ranking(MatrixView<const float> features,
                           const Prototypes& prototypes,
                           Index k,
                           Metric metric,
                           const std::string& what) {
  const Matrix<std::int32_t> best = nearest_prototypes(features, prototypes, k, metric);
  const long double unit = static_cast<long double>(2 * features.cols() + 12) * 0x1p-53L;
  for (Index i = 0; i < features.rows(); ++i) {
    const auto x = features.row(i);
    const auto order = test::oracle_ranking(x, prototypes, metric);
    const std::set<std::int32_t> distinct(best.row(i).begin(), best.row(i).end());
    ASSERT_EQ(distinct.size(), static_cast<std::size_t>(k)) << what << ", query " << i;
    for (Index rank = 0; rank < k; ++rank) {
      const auto& [score, row] = order[static_cast<std::size_t>(rank)];
      const std::int32_t got = best(i, rank);
      if (got == row) continue;
      const long double other = test::oracle_score(x, prototypes, got, metric);
      // Of the terms, not of their sum: dot products cancel.
      long double size = std::abs(prototypes.view().offset_of(got));
      for (std::size_t d = 0; d < x.size(); ++d) {
        const long double p = prototypes.rows(got, static_cast<Index>(d));
        size += prototypes.view().scale_of(got) * (std::abs(x[d]) + std::abs(p)) *
                (std::abs(x[d]) + std::abs(p));
      }
      ASSERT_LE(std::abs(other - score), 2 * unit * size)
          << what << ", " << to_string(metric) << ", query " << i << ", rank " << rank
          << ": expected row " << row << ", got " << got;
    }
  }
}

TEST(NearestPrototypes, ScalesAndOffsetsCountInEveryMetric) {
  std::mt19937 generator(21);
  for (const Shape& s : kShapes) {
    const Matrix<float> features = drawn(s.n, s.dim, generator, normal);
    for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
      for (const bool scales : {false, true}) {
        for (const bool offsets : {false, true}) {
          const Prototypes prototypes =
              scored(drawn(s.m, s.dim, generator, normal), scales, offsets, generator);
          expect_oracle_ranking(
              features,
              prototypes,
              s.k,
              metric,
              name_of(s) + (scales ? ", scales" : "") + (offsets ? ", offsets" : ""));
        }
      }
    }
  }
}

// Prototypes that differ in their scales and offsets alone, by less than float32 can tell.
TEST(NearestPrototypes, ScalesAndOffsetsAreToldApartInDouble) {
  constexpr Index kCopies = 40;
  std::mt19937 generator(22);
  const Matrix<float> features = drawn(30, 50, generator, normal);
  for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
    for (const bool by_scale : {false, true}) {
      Prototypes prototypes{drawn(kCopies, 50, generator, normal), {}, {}};
      for (Index j = 1; j < kCopies; ++j) copy_row(prototypes.rows, 0, j);
      for (Index j = 0; j < kCopies; ++j) {
        const auto step = static_cast<float>(j * 7 % kCopies) * 0x1p-23f;
        by_scale ? prototypes.scale.push_back(1.0f + step) : prototypes.offset.push_back(step);
      }
      expect_oracle_ranking(features, prototypes, 5, metric, by_scale ? "scales" : "offsets");
    }
  }
}

TEST(NearestPrototypes, AnOffsetShiftsTheChoiceAndAZeroQueryGoesByOffsetsAlone) {
  Prototypes prototypes{Matrix<float>(3, 2), {}, {0.0f, 0.5f, -0.25f}};
  prototypes.rows(0, 0) = prototypes.rows(2, 0) = 1.0f;
  prototypes.rows(1, 1) = 1.0f;
  Matrix<float> features(2, 2);
  features(0, 0) = 0.6f;
  features(0, 1) = 0.8f;  // cosines 0.6, 0.8, 0.6
  const Matrix<std::int32_t> best = nearest_prototypes(features, prototypes, 3, Metric::kCosine);
  EXPECT_EQ(best(0, 0), 1);  // 1.3 against 0.6 and 0.35
  EXPECT_EQ(best(0, 2), 2);
  EXPECT_EQ(best(1, 0), 1);  // 0.5, 0, -0.25
  EXPECT_EQ(best(1, 2), 2);
}

TEST(NearestPrototypes, ScalesAndOffsetsOutOfRangeAreRefused) {
  const Matrix<float> features(2, 3), rows(4, 3);
  const auto search = [&](std::vector<float> scale, std::vector<float> offset) {
    (void)nearest_prototypes(features, {rows.view(), scale, offset}, 1, Metric::kEuclidean);
  };
  EXPECT_THROW(search({1, 1}, {}), Error);
  EXPECT_THROW(search({1, 1, 0, 1}, {}), Error);
  EXPECT_THROW(search({1, 1, -1, 1}, {}), Error);
  EXPECT_THROW(search({}, {0, 0, NAN, 0}), Error);
  EXPECT_THROW(search({}, {0, 0, 0}), Error);
  EXPECT_NO_THROW(search({1, 2, 3, 4}, {1, 2, 3, 4}));
}

}  // namespace
}  // namespace dem
