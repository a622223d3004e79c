#include "dem/search/nearest_prototype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "random_search.h"
#include "search_oracle.h"

namespace dem {
namespace {

using test::copy_row;
using test::Draw;
using test::drawn;
using test::kShapes;
using test::name_of;
using test::normal;
using test::Shape;

constexpr Metric kMetrics[] = {Metric::kEuclidean, Metric::kCosine};

// The result must be the oracle's order. Where two rows are given in the other order, their
// distances must be so close that rounding in double explains it: each is a sum of dim terms, and
// for the cosine a quotient of three such sums.
void expect_oracle_order(MatrixView<const float> features,
                         MatrixView<const float> prototypes,
                         Index k,
                         Metric metric,
                         const std::string& what) {
  const Matrix<std::int32_t> nearest = nearest_prototypes(features, prototypes, k, metric);
  ASSERT_EQ(nearest.rows(), features.rows()) << what;
  ASSERT_EQ(nearest.cols(), k) << what;
  const long double unit = static_cast<long double>(2 * features.cols() + 8) * 0x1p-53L;
  for (Index i = 0; i < features.rows(); ++i) {
    const auto order = test::oracle_order(features.row(i), prototypes, metric);
    const std::set<std::int32_t> distinct(nearest.row(i).begin(), nearest.row(i).end());
    ASSERT_EQ(distinct.size(), static_cast<std::size_t>(k)) << what << ", query " << i;
    for (Index rank = 0; rank < k; ++rank) {
      const auto& [distance, row] = order[static_cast<std::size_t>(rank)];
      const std::int32_t got = nearest(i, rank);
      if (got == row) continue;
      const long double other = test::oracle_distance(features.row(i), prototypes.row(got), metric);
      const long double scale = metric == Metric::kEuclidean ? distance : 1.0L;
      ASSERT_LE(std::abs(other - distance), 2 * unit * scale)
          << what << ", " << to_string(metric) << ", query " << i << ", rank " << rank
          << ": expected row " << row << ", got " << got;
    }
  }
}

// As above, and bit for bit: for data whose distances are exact in double.
void expect_exact_order(MatrixView<const float> features,
                        MatrixView<const float> prototypes,
                        Index k,
                        const std::string& what) {
  const Matrix<std::int32_t> nearest =
      nearest_prototypes(features, prototypes, k, Metric::kEuclidean);
  for (Index i = 0; i < features.rows(); ++i) {
    const auto order = test::oracle_order(features.row(i), prototypes, Metric::kEuclidean);
    for (Index rank = 0; rank < k; ++rank) {
      ASSERT_EQ(nearest(i, rank), order[static_cast<std::size_t>(rank)].second)
          << what << ", query " << i << ", rank " << rank;
    }
  }
}

TEST(NearestPrototypes, AgreeWithTheOracleOnRandomData) {
  std::mt19937 generator(1);
  const Draw positive = [](std::mt19937& g) { return std::max(0.0f, normal(g)); };
  for (const Shape& s : kShapes) {
    for (const Draw& draw : {Draw(normal), positive}) {
      const Matrix<float> features = drawn(s.n, s.dim, generator, draw);
      const Matrix<float> prototypes = drawn(s.m, s.dim, generator, draw);
      for (const Metric metric : kMetrics) {
        expect_oracle_order(features, prototypes, s.k, metric, name_of(s));
      }
    }
  }
}

// Small whole numbers: every distance is exact, and most of them are shared by several prototypes.
TEST(NearestPrototypes, TiesGoToTheLowerRow) {
  std::mt19937 generator(2);
  const Draw whole = [](std::mt19937& g) {
    return static_cast<float>(std::uniform_int_distribution<int>(-2, 2)(g));
  };
  for (const Shape& s : kShapes) {
    const Matrix<float> features = drawn(s.n, s.dim, generator, whole);
    const Matrix<float> prototypes = drawn(s.m, s.dim, generator, whole);
    expect_exact_order(features, prototypes, s.k, name_of(s));
    expect_oracle_order(features, prototypes, s.k, Metric::kCosine, name_of(s));
  }
}

// A product of two matrices may give equal columns different bits, depending on where they lie in
// its tiles; rows j, j + 101, ... hold the same prototype.
TEST(NearestPrototypes, EqualPrototypesRankByRowWhereverTheyLie) {
  std::mt19937 generator(3);
  constexpr Index kDistinct = 101;
  const Matrix<float> features = drawn(300, 77, generator, normal);
  Matrix<float> prototypes = drawn(1200, 77, generator, normal);
  for (Index j = kDistinct; j < prototypes.rows(); ++j) copy_row(prototypes, j % kDistinct, j);
  for (const Metric metric : kMetrics) {
    const Matrix<std::int32_t> nearest = nearest_prototypes(features, prototypes, 15, metric);
    for (Index i = 0; i < features.rows(); ++i) {
      const std::int32_t best = nearest(i, 0);
      ASSERT_LT(best, kDistinct) << to_string(metric) << ", query " << i;
      for (Index rank = 1; rank < 15; ++rank) {
        const Index copies = (prototypes.rows() - best + kDistinct - 1) / kDistinct;
        if (rank < copies) {
          ASSERT_EQ(nearest(i, rank), best + rank * kDistinct) << to_string(metric) << " " << i;
        } else {
          ASSERT_NE(nearest(i, rank) % kDistinct, best) << to_string(metric) << " " << i;
        }
      }
    }
    expect_oracle_order(features, prototypes, 15, metric, "copies");
  }
}

TEST(NearestPrototypes, RankAllByRowWhenAllAreEqual) {
  std::mt19937 generator(4);
  const Matrix<float> features = drawn(20, 50, generator, normal);
  Matrix<float> prototypes = drawn(1300, 50, generator, normal);
  for (Index j = 1; j < prototypes.rows(); ++j) copy_row(prototypes, 0, j);
  for (const Metric metric : kMetrics) {
    for (const Index k : {Index{1}, Index{10}, prototypes.rows()}) {
      const Matrix<std::int32_t> nearest = nearest_prototypes(features, prototypes, k, metric);
      for (Index i = 0; i < features.rows(); ++i) {
        for (Index rank = 0; rank < k; ++rank) ASSERT_EQ(nearest(i, rank), rank) << i;
      }
    }
  }
}

// Prototypes that differ by one unit in the last place of one number, far from the origin: float32
// scores are mostly noise, which the test checks, and the order must still be the exact one.
TEST(NearestPrototypes, NearTiesAreToldApartInDouble) {
  std::mt19937 generator(5);
  constexpr Index kDim = 256;
  const Draw far = [](std::mt19937& g) { return 100.0f + normal(g); };
  const Matrix<float> features = drawn(60, kDim, generator, far);
  Matrix<float> prototypes = drawn(90, kDim, generator, far);
  for (Index j = 1; j < prototypes.rows(); ++j) {
    copy_row(prototypes, 0, j);
    for (Index d = j % 7; d < kDim; d += 29 + j) {
      prototypes(j, d) = std::nextafter(prototypes(j, d), j % 2 == 0 ? 1e30f : -1e30f);
    }
  }
  Index float_errors = 0;
  for (Index i = 0; i < features.rows(); ++i) {
    float best = std::numeric_limits<float>::infinity();
    Index chosen = 0;
    for (Index j = 0; j < prototypes.rows(); ++j) {
      float score = 0.0f;
      for (Index d = 0; d < kDim; ++d) {
        score += prototypes(j, d) * prototypes(j, d) / 2 - features(i, d) * prototypes(j, d);
      }
      if (score < best) {
        best = score;
        chosen = j;
      }
    }
    const auto order = test::oracle_order(features.row(i), prototypes, Metric::kEuclidean);
    float_errors += chosen != order[0].second ? 1 : 0;
  }
  EXPECT_GT(float_errors, features.rows() / 4);
  for (const Metric metric : kMetrics) {
    expect_oracle_order(features, prototypes, 1, metric, "near ties");
    expect_oracle_order(features, prototypes, 12, metric, "near ties");
  }
}

// 1e8 - 1e-9 is 1e8 in double: both distances are 1e16 and the lower row is first, though row 1 is
// nearer and float32 scores (0 and -0.1) tell them apart.
TEST(NearestPrototypes, DistancesThatAreEqualInDoubleTie) {
  Matrix<float> prototypes(2, 1);
  prototypes(1, 0) = 1e-9f;
  Matrix<float> features(1, 1);
  features(0, 0) = 1e8f;
  const auto nearest = nearest_prototypes(features, prototypes, 2, Metric::kEuclidean);
  EXPECT_EQ(nearest(0, 0), 0);
  EXPECT_EQ(nearest(0, 1), 1);
}

TEST(NearestPrototypes, AQueryFindsItsOwnCopy) {
  std::mt19937 generator(6);
  const Matrix<float> prototypes = drawn(700, 40, generator, normal);
  for (const Metric metric : kMetrics) {
    const Matrix<std::int32_t> nearest = nearest_prototypes(prototypes, prototypes, 1, metric);
    for (Index j = 0; j < prototypes.rows(); ++j) ASSERT_EQ(nearest(j, 0), j) << to_string(metric);
  }
}

// From numbers whose squares vanish in float32 to such whose squares overflow, alone and mixed: the
// products are then useless and double precision has to decide.
TEST(NearestPrototypes, MagnitudesDoNotMatter) {
  std::mt19937 generator(7);
  for (const float scale : {1e-42f, 1e-30f, 1e-20f, 1e-10f, 1e10f, 1e18f, 1e25f, 1e37f}) {
    Matrix<float> features =
        drawn(30, 48, generator, [&](std::mt19937& g) { return scale * normal(g); });
    Matrix<float> prototypes =
        drawn(70, 48, generator, [&](std::mt19937& g) { return scale * normal(g); });
    const std::string what = "scale " + std::to_string(std::log10(scale));
    for (const Metric metric : kMetrics) {
      expect_oracle_order(features, prototypes, 5, metric, what);
    }
    // A few rows of ordinary size, of which one would overflow the others' products.
    for (const Index row : {3, 11, 29}) {
      for (float& value : features.row(row)) value = normal(generator);
      for (float& value : prototypes.row(row)) value = normal(generator);
    }
    for (const Metric metric : kMetrics) {
      expect_oracle_order(features, prototypes, 5, metric, "mixed " + what);
      expect_oracle_order(features, prototypes, 70, metric, "mixed " + what);
    }
  }
}

// Row 2 and 5 of the prototypes are zero: at cosine distance 1 from all, nearer than what points
// away. Query 1 is zero: at distance 1 from all, so they rank by row.
TEST(NearestPrototypes, ZeroVectorsHaveCosineDistanceOne) {
  Matrix<float> prototypes(6, 2);
  const float values[6][2] = {{-1, 0}, {0, 3}, {0, 0}, {1, 1}, {-2, 0}, {0, 0}};
  for (Index j = 0; j < 6; ++j) std::copy_n(values[j], 2, prototypes.row(j).begin());
  Matrix<float> features(2, 2);
  features(0, 0) = 5.0f;
  const Matrix<std::int32_t> nearest = nearest_prototypes(features, prototypes, 6, Metric::kCosine);
  // Distances of (5, 0): 2, 1, 1, 1 - sqrt(1/2), 2, 1.
  const std::int32_t expected[6] = {3, 1, 2, 5, 0, 4};
  for (Index rank = 0; rank < 6; ++rank) {
    EXPECT_EQ(nearest(0, rank), expected[rank]) << rank;
    EXPECT_EQ(nearest(1, rank), rank);
  }
}

// Doubling a prototype doubles its product and its norm without rounding.
TEST(NearestPrototypes, CosineIgnoresLength) {
  std::mt19937 generator(8);
  const Matrix<float> features = drawn(50, 19, generator, normal);
  Matrix<float> prototypes = drawn(80, 19, generator, normal);
  for (Index j = 40; j < 80; ++j) {
    copy_row(prototypes, j - 40, j);
    for (float& value : prototypes.row(j)) value *= 4.0f;
  }
  const Matrix<std::int32_t> nearest = nearest_prototypes(features, prototypes, 2, Metric::kCosine);
  for (Index i = 0; i < 50; ++i) {
    EXPECT_LT(nearest(i, 0), 40) << i;
    EXPECT_EQ(nearest(i, 1), nearest(i, 0) + 40) << i;
  }
}

TEST(NearestPrototypes, PermutingPrototypesPermutesTheResult) {
  std::mt19937 generator(9);
  const Matrix<float> features = drawn(300, 24, generator, normal);
  const Matrix<float> prototypes = drawn(600, 24, generator, normal);
  std::vector<std::int32_t> place(600);
  std::iota(place.begin(), place.end(), 0);
  std::shuffle(place.begin(), place.end(), generator);
  Matrix<float> permuted(600, 24);
  for (Index j = 0; j < 600; ++j) {
    const auto row = prototypes.row(j);
    std::copy(row.begin(), row.end(), permuted.row(place[static_cast<std::size_t>(j)]).begin());
  }
  for (const Metric metric : kMetrics) {
    const auto before = nearest_prototypes(features, prototypes, 7, metric);
    const auto after = nearest_prototypes(features, permuted, 7, metric);
    for (Index i = 0; i < 300; ++i) {
      for (Index rank = 0; rank < 7; ++rank) {
        ASSERT_EQ(after(i, rank), place[static_cast<std::size_t>(before(i, rank))]) << i;
      }
    }
  }
}

TEST(NearestPrototypes, ChosenRowsGiveWhatTheWholeMatrixGives) {
  std::mt19937 generator(10);
  const Matrix<float> features = drawn(900, 31, generator, normal);
  const Matrix<float> prototypes = drawn(60, 31, generator, normal);
  std::vector<Index> scattered;
  for (Index i = 0; i < 700; ++i) scattered.push_back((i * 389) % 900);
  scattered.push_back(scattered.front());
  std::vector<Index> consecutive(500);
  std::iota(consecutive.begin(), consecutive.end(), 200);
  for (const Metric metric : kMetrics) {
    const auto all = nearest_prototypes(features, prototypes, 4, metric);
    for (const auto& rows : {scattered, consecutive, std::vector<Index>{}}) {
      const auto some = nearest_prototypes(features, rows, prototypes, 4, metric);
      ASSERT_EQ(some.rows(), static_cast<Index>(rows.size()));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        for (Index rank = 0; rank < 4; ++rank) {
          ASSERT_EQ(some(static_cast<Index>(i), rank), all(rows[i], rank)) << i;
        }
      }
    }
  }
}

TEST(NearestPrototypes, ReadWindowsOfWiderMatrices) {
  std::mt19937 generator(11);
  const Matrix<float> features = drawn(40, 30, generator, normal);
  const Matrix<float> prototypes = drawn(25, 35, generator, normal);
  const MatrixView<const float> feature_window(features.data() + 3, 40, 20, 30);
  const MatrixView<const float> prototype_window(prototypes.data() + 9, 25, 20, 35);
  for (const Metric metric : kMetrics) {
    expect_oracle_order(feature_window, prototype_window, 3, metric, "window");
  }
}

TEST(NearestPrototypes, ThreadsDoNotChangeTheResult) {
  std::mt19937 generator(12);
  const Draw coarse = [](std::mt19937& g) { return std::round(4.0f * normal(g)) / 4.0f; };
  const Matrix<float> features = drawn(1000, 12, generator, coarse);
  const Matrix<float> prototypes = drawn(800, 12, generator, coarse);
  for (const Metric metric : kMetrics) {
    std::vector<Matrix<std::int32_t>> results;
    for (const int threads : {1, 2, 3}) {
      set_num_threads(threads);
      results.push_back(nearest_prototypes(features, prototypes, 9, metric));
    }
    set_num_threads(0);
    for (const auto& result : results) {
      EXPECT_TRUE(std::equal(result.data(), result.data() + result.size(), results[0].data()));
    }
  }
}

TEST(NearestPrototypes, NoQueryGivesNoRow) {
  const Matrix<float> features(0, 4);
  const Matrix<float> prototypes(3, 4);
  const auto nearest = nearest_prototypes(features, prototypes, 2, Metric::kEuclidean);
  EXPECT_EQ(nearest.rows(), 0);
  EXPECT_EQ(nearest.cols(), 2);
}

// What is not a number is farther than everything, and does no harm to its neighbours.
TEST(NearestPrototypes, NotANumberRanksLast) {
  std::mt19937 generator(13);
  Matrix<float> features = drawn(5, 8, generator, normal);
  Matrix<float> prototypes = drawn(9, 8, generator, normal);
  prototypes(4, 2) = std::numeric_limits<float>::quiet_NaN();
  prototypes(6, 1) = std::numeric_limits<float>::infinity();
  features(3, 0) = std::numeric_limits<float>::quiet_NaN();
  for (const Metric metric : kMetrics) {
    const auto nearest = nearest_prototypes(features, prototypes, 9, metric);
    for (const Index i : {0, 1, 2, 4}) {
      const std::set<std::int32_t> last = {nearest(i, 7), nearest(i, 8)};
      EXPECT_EQ(last, (std::set<std::int32_t>{4, 6})) << to_string(metric) << ", query " << i;
    }
    for (Index rank = 0; rank < 9; ++rank) EXPECT_EQ(nearest(3, rank), rank) << to_string(metric);
  }
}

TEST(NearestPrototypes, RefuseWhatMakesNoSense) {
  const Matrix<float> features(5, 4);
  const Matrix<float> prototypes(3, 4);
  const Matrix<float> narrow(3, 2);
  const Matrix<float> none(0, 4);
  const auto kind = [&](const auto& call) {
    try {
      static_cast<void>(call());
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::kInternal;
  };
  const Metric metric = Metric::kEuclidean;
  EXPECT_EQ(kind([&] { return nearest_prototypes(features, prototypes, 0, metric); }),
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([&] { return nearest_prototypes(features, prototypes, 4, metric); }),
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([&] { return nearest_prototypes(features, none, 1, metric); }),
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind([&] { return nearest_prototypes(features, narrow, 1, metric); }),
            ErrorKind::kShapeMismatch);
  for (const Index row : {Index{-1}, Index{5}}) {
    const std::vector<Index> rows = {0, row};
    EXPECT_EQ(kind([&] { return nearest_prototypes(features, rows, prototypes, 1, metric); }),
              ErrorKind::kInvalidArgument);
  }
}

}  // namespace
}  // namespace dem
