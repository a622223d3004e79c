// Searches that begin with the 16-bit product: whatever the data, the result is the oracle's.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "search/block_search.h"
#include "search/search_kernels.h"
#include "search_oracle.h"

namespace dem {
namespace {

using Draw = std::function<float(std::mt19937&)>;
constexpr Metric kMetrics[] = {Metric::kEuclidean, Metric::kCosine};

Matrix<float> drawn(Index rows, Index cols, unsigned seed, const Draw& draw) {
  std::mt19937 generator(seed);
  auto matrix = Matrix<float>::uninitialised(rows, cols);
  for (Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = draw(generator);
  return matrix;
}

float normal(std::mt19937& generator) {
  return std::normal_distribution<float>()(generator);
}

// Every query in blocks, with and without the coarse product: the same rows, and the oracle's up to
// the rounding of distances in double. The coarse product decides all queries or, where `decides`
// is false, none.
void expect_oracle(const Matrix<float>& features,
                   const Matrix<float>& prototypes,
                   Index k,
                   Metric metric,
                   const std::string& what,
                   bool decides = true) {
  const PrototypeScores scores(prototypes, metric);
  const CoarsePrototypes coarse(scores);
  const bool served = coarse.serves();
  ASSERT_EQ(served, detail::search_kernels().multiply_coarsely != nullptr) << what;
  SearchWorkspace workspace;
  for (Index first = 0; first < features.rows(); first += kSearchBlock) {
    const Index count = std::min(kSearchBlock, features.rows() - first);
    const auto block = std::as_const(features).view().row_block(first, count);
    Matrix<std::int32_t> with(count, k), without(count, k);
    search_block(scores, block, workspace, with, &coarse);
    search_block(scores, block, workspace, without);
    ASSERT_TRUE(std::equal(with.data(), with.data() + with.size(), without.data())) << what;
    for (Index i = 0; i < count; i += 1 + count / 7) {
      const auto order = test::oracle_order(block.row(i), prototypes, metric);
      for (Index rank = 0; rank < k; ++rank) {
        const auto& [distance, row] = order[static_cast<std::size_t>(rank)];
        if (with(i, rank) == row) continue;
        const long double other =
            test::oracle_distance(block.row(i), prototypes.row(with(i, rank)), metric);
        const long double unit = static_cast<long double>(4 * features.cols() + 16) * 0x1p-53L;
        ASSERT_LE(std::abs(other - distance),
                  unit * (metric == Metric::kEuclidean ? distance : 1.0L))
            << what << ", " << to_string(metric) << ", query " << i << ", rank " << rank;
      }
    }
  }
  EXPECT_EQ(workspace.decided_coarsely, served && decides ? features.rows() : 0) << what;
}

// Panels of 48 prototypes, of which the last has 16, 32 or 48 columns, some of them empty; odd
// widths; blocks with rows to spare.
TEST(CoarseSearch, FindsTheNearestOfEveryShape) {
  unsigned seed = 1;
  for (const Index m : {32, 47, 49, 70, 96, 479, 481, 700}) {
    for (const Index dim : {64, 77, 130}) {
      const Index n = 250 + m % 11;
      const auto features = drawn(n, dim, ++seed, normal);
      const auto prototypes = drawn(m, dim, ++seed, normal);
      for (const Metric metric : kMetrics) {
        for (const Index k : {Index{1}, m / 8, m}) {
          expect_oracle(
              features,
              prototypes,
              k,
              metric,
              std::to_string(m) + " x " + std::to_string(dim) + ", k " + std::to_string(k));
        }
      }
    }
  }
}

TEST(CoarseSearch, FindsTheNearestOfManyClasses) {
  const auto features = drawn(60, 64, 3, normal);
  const auto prototypes = drawn(21841, 64, 4, normal);
  for (const Metric metric : kMetrics) {
    for (const Index k : {1, 10, 40}) {
      expect_oracle(features, prototypes, k, metric, "many classes, k " + std::to_string(k));
    }
  }
}

// Whole numbers whose distances are shared by many prototypes: the lower row comes first.
TEST(CoarseSearch, TiesGoToTheLowerRow) {
  const Draw coarse = [](std::mt19937& g) {
    return static_cast<float>(std::uniform_int_distribution<int>(-1, 1)(g));
  };
  const auto features = drawn(100, 64, 5, coarse);
  const auto prototypes = drawn(5000, 64, 6, coarse);
  const PrototypeScores scores(prototypes, Metric::kEuclidean);
  const CoarsePrototypes table(scores);
  SearchWorkspace workspace;
  Matrix<std::int32_t> nearest(100, 10);
  search_block(scores, features, workspace, nearest, &table);
  for (Index i = 0; i < 100; ++i) {
    const auto order = test::oracle_order(features.row(i), prototypes, Metric::kEuclidean);
    for (Index rank = 0; rank < 10; ++rank) {
      ASSERT_EQ(nearest(i, rank), order[static_cast<std::size_t>(rank)].second) << i;
    }
  }
}

// One number that dwarfs the rest sets a coarse step; zero rows have none; a row that is not finite
// makes its block go the long way round.
TEST(CoarseSearch, OddRowsDoNoHarm) {
  auto features = drawn(40, 100, 7, normal);
  auto prototypes = drawn(300, 100, 8, normal);
  for (Index i = 0; i < 40; i += 3) features(i, i) = 1e4f;
  for (Index j = 0; j < 300; j += 7) prototypes(j, j % 100) = -1e5f;
  std::fill(features.row(5).begin(), features.row(5).end(), 0.0f);
  std::fill(prototypes.row(9).begin(), prototypes.row(9).end(), 0.0f);
  for (const Metric metric : kMetrics) expect_oracle(features, prototypes, 12, metric, "odd rows");
  features(7, 3) = std::numeric_limits<float>::infinity();
  prototypes(11, 0) = std::numeric_limits<float>::quiet_NaN();
  for (const Metric metric : kMetrics) {
    const PrototypeScores scores(prototypes, metric);
    const CoarsePrototypes coarse(scores);
    SearchWorkspace workspace;
    Matrix<std::int32_t> with(40, 12), without(40, 12);
    search_block(scores, features, workspace, with, &coarse);
    search_block(scores, features, workspace, without);
    EXPECT_TRUE(std::equal(with.data(), with.data() + with.size(), without.data()));
  }
}

// Prototypes far from the origin and close together: no 16-bit product can tell them apart.
TEST(CoarseSearch, GivesUpWhereAllAreClose) {
  const Draw far = [](std::mt19937& g) { return 1000.0f + 1e-3f * normal(g); };
  const auto features = drawn(256, 64, 9, far);
  const auto prototypes = drawn(400, 64, 10, far);
  expect_oracle(features, prototypes, 3, Metric::kEuclidean, "close", false);
  const PrototypeScores scores(prototypes, Metric::kEuclidean);
  const CoarsePrototypes coarse(scores);
  SearchWorkspace workspace;
  Matrix<std::int32_t> nearest(256, 3);
  const bool served = coarse.serves();
  for (int block = 0; block < 4; ++block) {
    EXPECT_EQ(coarse.serves(), served) << block;
    search_block(scores, features, workspace, nearest, &coarse);
  }
  EXPECT_FALSE(coarse.serves());
}

// A query that is as far from all prototypes goes the long way; others still need not, until there
// are too few of them.
TEST(CoarseSearch, AQueryWithoutAnAnswerDoesNotEndIt) {
  if (detail::search_kernels().multiply_coarsely == nullptr) GTEST_SKIP() << "no coarse product";
  const auto features = drawn(1500, 64, 13, normal);
  auto prototypes = drawn(400, 64, 14, normal);
  for (Index j = 0; j < 400; ++j) {
    const auto row = prototypes.row(j);
    double squared = 0.0;
    for (const float value : row) squared += double{value} * double{value};
    for (float& value : row) value = static_cast<float>(value / std::sqrt(squared));
  }
  const PrototypeScores scores(prototypes, Metric::kEuclidean);
  const CoarsePrototypes coarse(scores);
  const Matrix<float> zero(1, 64);
  SearchWorkspace workspace;
  Matrix<std::int32_t> nearest(1, 3);
  for (Index i = 0; i < features.rows(); ++i) {
    search_block(scores, zero, workspace, nearest, &coarse);
    search_block(
        scores, std::as_const(features).view().row_block(i, 1), workspace, nearest, &coarse);
  }
  EXPECT_TRUE(coarse.serves());
  EXPECT_EQ(workspace.decided_coarsely, features.rows());
  for (Index i = 0; i < 1023; ++i) search_block(scores, zero, workspace, nearest, &coarse);
  EXPECT_TRUE(coarse.serves());
  search_block(scores, zero, workspace, nearest, &coarse);
  EXPECT_FALSE(coarse.serves());
}

Matrix<float> scaled(const Matrix<float>& rows, float factor) {
  auto result = Matrix<float>::uninitialised(rows.rows(), rows.cols());
  for (Index i = 0; i < rows.size(); ++i) result.data()[i] = rows.data()[i] * factor;
  return result;
}

// Norms within 2^-30 .. 2^30 have steps whose products are normal float32 numbers.
TEST(CoarseSearch, NormsAtTheEndsOfTheRange) {
  const auto features = drawn(60, 64, 15, normal);
  const auto prototypes = drawn(300, 64, 16, normal);
  for (const float factor : {0x1p-32f, 0x1p26f}) {  // norms of about 2^-29 and 2^29
    for (const Metric metric : kMetrics) {
      const std::string what = "norms times " + std::to_string(std::log2(factor));
      expect_oracle(scaled(features, factor), scaled(prototypes, factor), 5, metric, what);
    }
  }
}

TEST(CoarseSearch, NormsOutsideTheRangeTakeTheLongWay) {
  const auto features = drawn(60, 64, 15, normal);
  const auto prototypes = drawn(300, 64, 16, normal);
  for (const float factor : {0x1p-70f, 0x1p-35f, 0x1p29f, 0x1p50f}) {
    for (const Metric metric : kMetrics) {
      EXPECT_FALSE(CoarsePrototypes(PrototypeScores(scaled(prototypes, factor), metric)).serves());
      expect_oracle(
          scaled(features, factor), prototypes, 5, metric, "long or short queries", false);
    }
  }
}

// Norms at the limit of 46340, all of one sign: the sums come close to 2^31 and must not pass it.
TEST(CoarseSearch, SumsDoNotOverflow) {
  for (const Index dim : {64, 1024, 5000}) {
    auto prototypes = Matrix<float>::uninitialised(48, dim);  // longer and longer
    for (Index j = 0; j < 48; ++j) {
      const float length = 1.0f + 0.05f * static_cast<float>(j);
      std::fill(prototypes.row(j).begin(), prototypes.row(j).end(), length);
    }
    const auto features = drawn(9, dim, 11, [](std::mt19937&) { return 1.51f; });
    expect_oracle(features, prototypes, 5, Metric::kEuclidean, "dim " + std::to_string(dim));
  }
}

#if defined(__x86_64__)
// What the sets of instructions make of the same panel.
TEST(CoarseSearch, KernelsAgreeWithThePlainSum) {
  std::mt19937 generator(13);
  constexpr long kPairs = 37, kGroups = 2;
  for (const long width : {16, 32, 48}) {
    std::vector<std::int32_t> a(kGroups * kPairs * detail::kCoarseRows);
    std::vector<std::int32_t> b(static_cast<std::size_t>(kPairs * width));
    const auto draw = [&] {
      const auto part = [&] {
        return static_cast<std::uint32_t>(
                   std::uniform_int_distribution<int>(-3000, 3000)(generator)) &
               0xffffu;
      };
      const std::uint32_t low = part();
      return static_cast<std::int32_t>(low | part() << 16);
    };
    std::generate(a.begin(), a.end(), draw);
    std::generate(b.begin(), b.end(), draw);
    const std::vector<float> steps(kGroups * detail::kCoarseRows, 0.5f);
    const auto halves = [](std::int32_t pair, int half) {
      return static_cast<std::int16_t>(static_cast<std::uint32_t>(pair) >> (16 * half));
    };
    for (const bool wide : {false, true}) {
      if (!__builtin_cpu_supports("avx2")) continue;
      if (wide && !__builtin_cpu_supports("avx512vnni")) continue;
      Matrix<float> c(kGroups * detail::kCoarseRows, width);
      const detail::CoarsePanel panel{
          kGroups, kPairs, a.data(), b.data(), width, steps.data(), c.data(), c.cols()};
      (wide ? detail::multiply_coarsely_avx512 : detail::multiply_coarsely_avx2)(panel);
      for (long i = 0; i < c.rows(); ++i) {
        for (long j = 0; j < width; ++j) {
          std::int32_t sum = 0;
          for (long p = 0; p < kPairs; ++p) {
            const auto group = i / detail::kCoarseRows * kPairs + p;
            const auto x =
                a[static_cast<std::size_t>(group * detail::kCoarseRows + i % detail::kCoarseRows)];
            const auto y = b[static_cast<std::size_t>(p * width + j)];
            for (const int half : {0, 1}) sum += halves(x, half) * halves(y, half);
          }
          ASSERT_EQ(c(i, j), 0.5f * static_cast<float>(sum)) << wide << " " << i << " " << j;
        }
      }
    }
  }
}

TEST(CoarseSearch, ScansAgreeWithThePlainLoop) {
  std::mt19937 generator(14);
  for (long n = 1; n < 90; ++n) {
    const auto values = drawn(4, n, static_cast<unsigned>(n), normal);
    auto products = drawn(1, n, 77, normal);
    products(0, n / 2) = std::numeric_limits<float>::quiet_NaN();
    const detail::IntervalEnds ends{values.row(0).data(),
                                    values.row(1).data(),
                                    values.row(2).data(),
                                    products.row(0).data(),
                                    0.25f};
    std::vector<std::int32_t> plain(100), other(100);
    const long count = detail::find_within_baseline(ends, n, 0.3f, plain.data());
    const auto expect_same = [&](detail::FindWithin find) {
      ASSERT_EQ(find(ends, n, 0.3f, other.data()), count) << n;
      ASSERT_TRUE(std::equal(plain.begin(), plain.begin() + count, other.begin())) << n;
    };
    if (__builtin_cpu_supports("avx2")) expect_same(detail::find_within_avx2);
    if (__builtin_cpu_supports("avx512vnni")) expect_same(detail::find_within_avx512);
  }
}
#endif

// Calibrated cosine: a query's factor goes into its 16-bit step.
TEST(CoarseSearch, OffsetsOfCosinesAreDecidedCoarsely) {
  const Matrix<float> features = drawn(600, 256, 31, normal);
  Prototypes prototypes{drawn(400, 256, 32, normal), {}, {}};
  for (Index j = 0; j < 400; ++j) prototypes.offset.push_back(j % 3 == 0 ? -0.05f : 0.0f);
  const PrototypeScores scores(prototypes, Metric::kCosine);
  const CoarsePrototypes coarse(scores);
  if (detail::search_kernels().multiply_coarsely == nullptr) GTEST_SKIP() << "no 16-bit product";
  ASSERT_TRUE(coarse.serves());
  SearchWorkspace workspace;
  for (Index first = 0; first < features.rows(); first += kSearchBlock) {
    const Index count = std::min(kSearchBlock, features.rows() - first);
    const auto block = std::as_const(features).view().row_block(first, count);
    Matrix<std::int32_t> with(count, 2), without(count, 2);
    search_block(scores, block, workspace, with, &coarse);
    search_block(scores, block, workspace, without);
    ASSERT_TRUE(std::equal(with.data(), with.data() + with.size(), without.data()));
    for (Index i = 0; i < count; i += 40) {
      EXPECT_EQ(with(i, 0),
                test::oracle_ranking(block.row(i), prototypes, Metric::kCosine)[0].second);
    }
  }
  EXPECT_EQ(workspace.decided_coarsely, features.rows());
}

TEST(CoarseSearch, ScaledDistancesAreLeftToFloat32) {
  Prototypes prototypes{drawn(100, 128, 33, normal), std::vector<float>(100, 1.0f), {}};
  EXPECT_EQ(CoarsePrototypes(PrototypeScores(prototypes, Metric::kEuclidean)).serves(),
            detail::search_kernels().multiply_coarsely != nullptr);
  prototypes.scale[7] = 2.0f;
  EXPECT_FALSE(CoarsePrototypes(PrototypeScores(prototypes, Metric::kEuclidean)).serves());
}

}  // namespace
}  // namespace dem
