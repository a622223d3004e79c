#include "search/prototype_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "linalg/blas.h"
#include "search/candidate_list.h"
#include "search_oracle.h"

namespace dem {
namespace {

constexpr Metric kMetrics[] = {Metric::kEuclidean, Metric::kCosine};

struct Interval {
  double low, high;
};

Interval interval_of(const PrototypeScores& scores,
                     const QueryBound& bound,
                     float product,
                     Index j) {
  const float middle = product * scores.scale()[j];
  const float width = bound.product_error * scores.reach()[j];
  return {static_cast<double>((scores.low()[j] - middle) - width) - bound.noise,
          static_cast<double>((scores.high()[j] - middle) + width) + bound.noise};
}

// The score that the interval is to hold, and half its width by the header's formula.
long double exact_score(std::span<const float> x, std::span<const float> p, Metric metric) {
  const std::vector<float> zero(x.size(), 0.0f);
  const long double norm = test::oracle_distance(x, zero, Metric::kEuclidean);
  const long double distance = test::oracle_distance(x, p, metric);
  return metric == Metric::kEuclidean ? (distance - norm) / 2 : std::sqrt(norm) * (distance - 1);
}

double stated_width(std::span<const float> x, std::span<const float> p, Metric metric) {
  const std::vector<float> zero(x.size(), 0.0f);
  const auto norm = [&](std::span<const float> v) {
    return static_cast<double>(std::sqrt(test::oracle_distance(v, zero, Metric::kEuclidean)));
  };
  const double u = 0x1p-24;
  const double dim = static_cast<double>(x.size());
  const double relative = dim * u / (1 - dim * u) + 4 * u;
  if (metric == Metric::kCosine) return relative * norm(x);
  return relative * norm(x) * norm(p) + 2 * u * norm(p) * norm(p);
}

// Sums in three orders: forwards, backwards, and as the matrix product has them.
std::vector<float> products_of(std::span<const float> x, std::span<const float> p) {
  float forwards = 0.0f;
  float backwards = 0.0f;
  for (std::size_t d = 0; d < x.size(); ++d) {
    forwards += x[d] * p[d];
    backwards += x[x.size() - 1 - d] * p[x.size() - 1 - d];
  }
  float product = 0.0f;
  const Index dim = static_cast<Index>(x.size());
  gemm(Transpose::kNo,
       Transpose::kYes,
       1.0f,
       MatrixView<const float>(x.data(), 1, dim),
       MatrixView<const float>(p.data(), 1, dim),
       0.0f,
       MatrixView<float>(&product, 1, 1));
  return {forwards, backwards, product};
}

// Sizes and magnitudes as they come, terms that cancel and terms that do not. In one dimension the
// rounding of the ends themselves adds some 10 % to the stated width.
TEST(PrototypeScores, IntervalsHoldTheExactScoreAndAreAsNarrowAsStated) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  for (const Index dim : {1, 7, 100, 1024, 3000}) {
    for (const float scale : {1e-10f, 1e-3f, 1.0f, 1e6f, 1e15f}) {
      for (const float offset : {0.0f, 5.0f}) {
        Matrix<float> rows(12, dim);
        for (Index i = 0; i < rows.size(); ++i) {
          rows.data()[i] = scale * (offset + normal(generator));
        }
        const MatrixView<const float> prototypes = rows.view().row_block(0, 8);
        for (const Metric metric : kMetrics) {
          const PrototypeScores scores(prototypes, metric);
          for (Index i = 0; i < rows.rows(); ++i) {
            const auto x = std::as_const(rows).row(i);
            const QueryBound bound = scores.bound(x);
            ASSERT_FALSE(bound.exact_only);
            for (Index j = 0; j < prototypes.rows(); ++j) {
              const double exact = static_cast<double>(exact_score(x, prototypes.row(j), metric));
              const double stated = stated_width(x, prototypes.row(j), metric);
              for (const float product : products_of(x, prototypes.row(j))) {
                const Interval interval = interval_of(scores, bound, product, j);
                const std::string what = std::string(to_string(metric)) + ", dim " +
                                         std::to_string(dim) + ", scale " +
                                         std::to_string(std::log10(scale)) + ", rows " +
                                         std::to_string(i) + " and " + std::to_string(j);
                ASSERT_LE(interval.low, exact) << what;
                ASSERT_GE(interval.high, exact) << what;
                ASSERT_LE(interval.high - interval.low, 2 * 1.5 * stated) << what;
              }
            }
          }
        }
      }
    }
  }
}

// The worst that float32 can do: n ones after 2^24, each of which is lost.
TEST(PrototypeScores, IntervalsHoldTheWorstSum) {
  constexpr Index kDim = 4097;
  Matrix<float> prototype(1, kDim);
  Matrix<float> query(1, kDim);
  for (float& value : prototype.row(0)) value = 1.0f;
  for (float& value : query.row(0)) value = 1.0f;
  query(0, 0) = 0x1p24f;
  float product = 0.0f;
  for (Index d = 0; d < kDim; ++d) product += query(0, d) * prototype(0, d);
  ASSERT_EQ(product, 0x1p24f);
  for (const Metric metric : kMetrics) {
    const PrototypeScores scores(prototype, metric);
    const Interval interval = interval_of(scores, scores.bound(query.row(0)), product, 0);
    const double exact = static_cast<double>(exact_score(query.row(0), prototype.row(0), metric));
    EXPECT_LE(interval.low, exact) << to_string(metric);
    EXPECT_GE(interval.high, exact) << to_string(metric);
  }
}

TEST(PrototypeScores, ClaimNothingWhereProductsMayOverflow) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Matrix<float> prototypes(3, 2);
  prototypes(0, 0) = 1.0f;
  prototypes(1, 0) = 1e37f;
  prototypes(2, 1) = 1e-40f;
  Matrix<float> queries(2, 2);
  queries(0, 1) = 1.0f;
  queries(1, 1) = 1e37f;
  const PrototypeScores euclidean(prototypes, Metric::kEuclidean);
  EXPECT_FALSE(euclidean.bound(queries.row(0)).exact_only);
  EXPECT_TRUE(euclidean.bound(queries.row(1)).exact_only);
  EXPECT_EQ(euclidean.low()[1], -kInfinity);
  EXPECT_EQ(euclidean.high()[1], kInfinity);
  const PrototypeScores cosine(prototypes, Metric::kCosine);
  EXPECT_GT(cosine.low()[0], -kInfinity);
  EXPECT_EQ(cosine.low()[1], -kInfinity);
  EXPECT_EQ(cosine.low()[2], -kInfinity) << "1 / norm is beyond float32";
}

// The cost of prototype j for x by the header's table, in long double.
long double exact_cost(std::span<const float> x,
                       const Prototypes& prototypes,
                       Index j,
                       Metric metric) {
  const PrototypesView view = prototypes;
  long double largest = 0, norm = 0, product = 0, squared = 0;
  for (const float s : prototypes.scale) largest = std::max<long double>(largest, s);
  for (std::size_t d = 0; d < x.size(); ++d) {
    const long double p = view.rows(j, static_cast<Index>(d));
    norm += static_cast<long double>(x[d]) * x[d];
    product += x[d] * p;
    squared += p * p;
  }
  const long double s = view.scale_of(j) / largest;
  const long double o = (static_cast<long double>(view.offset_of(j)) - view.offset_of(0)) / largest;
  if (metric == Metric::kEuclidean) {
    return s * squared / 2 - o / 2 - s * (product - norm / 2);
  }
  if (metric == Metric::kDot) return -o - s * product;
  return -o - s * product / (std::sqrt(squared) * std::sqrt(norm));
}

// Every form with scales and offsets that differ.
TEST(PrototypeScores, IntervalsHoldScaledAndShiftedCosts) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  for (const Index dim : {1, 7, 100, 1024}) {
    for (const float scale : {1e-6f, 1.0f, 1e6f}) {
      Prototypes prototypes{Matrix<float>(8, dim), {}, {}};
      Matrix<float> queries(4, dim);
      for (Matrix<float>* m : {&prototypes.rows, &queries}) {
        for (Index i = 0; i < m->size(); ++i) m->data()[i] = scale * (2.0f + normal(generator));
      }
      for (Index j = 0; j < 8; ++j) {
        prototypes.scale.push_back(std::exp2(normal(generator)));
        prototypes.offset.push_back(scale * scale * normal(generator));
      }
      for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
        const PrototypeScores scores(prototypes, metric);
        EXPECT_EQ(scores.adjusts_products(), metric != Metric::kDot);
        for (Index i = 0; i < queries.rows(); ++i) {
          const auto x = std::as_const(queries).row(i);
          const QueryBound bound = scores.bound(x);
          ASSERT_FALSE(bound.exact_only);
          for (Index j = 0; j < 8; ++j) {
            const double exact = static_cast<double>(exact_cost(x, prototypes, j, metric));
            for (const float product : products_of(x, std::as_const(prototypes.rows).row(j))) {
              const Interval interval = interval_of(scores, bound, bound.adjusted(product), j);
              ASSERT_LE(interval.low, exact) << to_string(metric) << " dim " << dim << " " << scale;
              ASSERT_GE(interval.high, exact)
                  << to_string(metric) << " dim " << dim << " " << scale;
            }
          }
        }
      }
    }
  }
}

// Prototype j is 40 j on a line; queries lie near every one of them.
TEST(CandidateList, FindsTheNearestAcrossPieces) {
  constexpr Index kPrototypes = 700;
  Matrix<float> prototypes(kPrototypes, 1);
  for (Index j = 0; j < kPrototypes; ++j) prototypes(j, 0) = 40.0f * static_cast<float>(j);
  const PrototypeScores scores(prototypes, Metric::kEuclidean);
  std::vector<float> products(kPrototypes);
  for (const Index k : {1, 3, 40, 700}) {
    CandidateList list;
    for (Index i = 0; i < kPrototypes; i += 37) {
      const float query[1] = {40.0f * static_cast<float>(i) + 3.0f};
      for (Index j = 0; j < kPrototypes; ++j) {
        products[static_cast<std::size_t>(j)] = query[0] * prototypes(j, 0);
      }
      list.start(k, scores.bound(query));
      // In two pieces of lengths that are no multiple of a vector.
      list.scan(scores.intervals(), std::span(products).first(301), 0);
      list.scan(scores.intervals(), std::span(products).subspan(301), 301);
      std::vector<std::int32_t> nearest(static_cast<std::size_t>(k));
      list.resolve(scores, query, nearest);
      const auto order = test::oracle_order(query, prototypes, Metric::kEuclidean);
      for (std::size_t rank = 0; rank < nearest.size(); ++rank) {
        ASSERT_EQ(nearest[rank], order[rank].second) << "k " << k << ", query " << i;
      }
    }
  }
}

}  // namespace
}  // namespace dem
