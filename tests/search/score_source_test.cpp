#include "dem/search/score_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/at.h"
#include "dem/base/threads.h"
#include "search/search_oracle.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;
using test::oracle_score;

constexpr Metric kMetrics[] = {Metric::kEuclidean, Metric::kCosine, Metric::kDot};
constexpr Index kRows = 1100;  // more than two blocks
constexpr Index kDim = 24, kNumClasses = 70;

FeatureMap scaled() {
  return FeatureMap(
      {ScalingKind::kStandard, std::vector<float>(kDim, 0.25f), std::vector<float>(kDim, 1.5f)});
}

// By norm, raised, and from kDim to 9 dimensions.
FeatureMap chain() {
  Rng rng(2, Purpose::kSynthetic);
  FeatureMap map(FeatureScaling{ScalingKind::kL2, {}, {}});
  map.add(PowerMap{0.5f});
  map.add(AffineMap{test::normal_matrix(9, kDim, 1.0, rng), std::vector<float>(9, 0.3f)});
  return map;
}

// Features, a map, and prototypes with scales and offsets behind it.
struct Case {
  Matrix<float> features;
  FeatureMap map;
  Prototypes prototypes;

  explicit Case(FeatureMap feature_map, bool is_plain = false) : map(std::move(feature_map)) {
    Rng rng(7, Purpose::kSynthetic);
    features = test::normal_matrix(kRows, kDim, 1.0, rng);
    prototypes.rows = test::normal_matrix(kNumClasses, map.output_dim(kDim), 1.0, rng);
    for (Index c = 0; c < kNumClasses && !is_plain; ++c) {
      prototypes.scale.push_back(0.5f + static_cast<float>(rng.uniform()));
      prototypes.offset.push_back(static_cast<float>(rng.normal()));
    }
  }
  [[nodiscard]] PrototypeSource source(Metric metric) const {
    return {features, map, prototypes, metric};
  }
};

std::vector<Index> some_rows() {
  std::vector<Index> rows;
  for (Index i = 0; i < 800; ++i) rows.push_back((i * 377) % kRows);  // in any order
  rows.push_back(rows[0]);                                            // and one twice
  for (Index i = 20; i < 60; ++i) rows.push_back(i);                  // and a stretch
  return rows;
}

std::vector<ClassId> some_candidates() {
  std::vector<ClassId> candidates(50);
  std::iota(candidates.begin(), candidates.end(), 11);
  std::reverse(candidates.begin() + 5, candidates.end());
  return candidates;
}

TEST(PrototypeSource, BestAreTheNearestPrototypesOfTheMappedFeatures) {
  for (const bool is_plain : {true, false}) {
    std::vector<Case> cases;
    cases.emplace_back(FeatureMap(), is_plain);
    cases.emplace_back(scaled(), is_plain);
    cases.emplace_back(chain(), is_plain);
    for (const Case& c : cases) {
      const Matrix<float> mapped = c.map.mapped(c.features);
      for (const Metric metric : kMetrics) {
        for (const Index k : {1, 6, 50}) {
          const Matrix<std::int32_t> got = c.source(metric).best(some_rows(), some_candidates(), k);
          const Matrix<std::int32_t> want =
              nearest_prototypes(mapped,
                                 some_rows(),
                                 candidate_prototypes(c.prototypes, some_candidates()),
                                 k,
                                 metric);
          EXPECT_TRUE(std::equal(got.data(), got.data() + got.size(), want.data()))
              << c.map.to_string() << ", " << to_string(metric) << ", k " << k;
        }
      }
    }
  }
}

TEST(PrototypeSource, ScoresAreThoseOfTheDefinition) {
  const std::vector<Index> rows = some_rows();
  const std::vector<ClassId> candidates = some_candidates();
  std::vector<Case> cases;
  cases.emplace_back(FeatureMap());
  cases.emplace_back(chain());
  for (const Case& c : cases) {
    const Matrix<float> mapped = c.map.mapped(c.features);
    for (const Metric metric : kMetrics) {
      const Matrix<double> got = c.source(metric).scores(rows, candidates);
      ASSERT_EQ(got.rows(), static_cast<Index>(rows.size()));
      ASSERT_EQ(got.cols(), static_cast<Index>(candidates.size()));
      // Double sums of some 24 terms; behind an affine map the float32 features themselves may be
      // rounded otherwise in blocks of another size.
      const double tolerance = c.map.is_identity() ? 1e-13 : 1e-5;
      for (Index i = 0; i < got.rows(); ++i) {
        for (Index j = 0; j < got.cols(); ++j) {
          const auto want = static_cast<double>(
              oracle_score(mapped.row(rows[at(i)]), c.prototypes, candidates[at(j)], metric));
          ASSERT_NEAR(got(i, j), want, tolerance * (1.0 + std::abs(want)))
              << to_string(metric) << " " << i << " " << j;
        }
      }
    }
  }
}

// Where the best are asked for they are those of the largest scores.
TEST(PrototypeSource, BestAndScoresAgreeOnAnyNumberOfThreads) {
  const Case c(scaled());
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    for (const Metric metric : kMetrics) {
      const Matrix<double> scores = c.source(metric).scores(some_rows(), some_candidates());
      const Matrix<std::int32_t> best = c.source(metric).best(some_rows(), some_candidates(), 1);
      for (Index i = 0; i < best.rows(); ++i) {
        const auto row = std::as_const(scores).row(i);
        EXPECT_EQ(best(i, 0), std::ranges::max_element(row) - row.begin()) << i;
      }
    }
  }
  set_num_threads(0);
}

// It keeps windows: a map that is gone with the statement must not compile.
TEST(PrototypeSource, TakesNoTemporaryMap) {
  const auto takes = []<typename Map>(std::type_identity<Map>) {
    return std::
        is_constructible_v<PrototypeSource, MatrixView<const float>, Map, PrototypesView, Metric>;
  };
  EXPECT_TRUE(takes(std::type_identity<FeatureMap&>()));
  EXPECT_TRUE(takes(std::type_identity<const FeatureMap&>()));
  EXPECT_FALSE(takes(std::type_identity<FeatureMap>()));
  EXPECT_FALSE(takes(std::type_identity<const FeatureMap>()));
}

TEST(PrototypeSource, HasARowAnAnswerAndAClassAPrototype) {
  const Case c((FeatureMap()));
  const PrototypeSource source = c.source(Metric::kDot);
  EXPECT_EQ(source.num_rows(), kRows);
  EXPECT_EQ(source.num_classes(), kNumClasses);
  EXPECT_EQ(source.best({}, some_candidates(), 2).rows(), 0);
  EXPECT_EQ(source.scores({}, some_candidates()).rows(), 0);
}

TEST(PrototypeSource, RefusesWhatIsNotThere) {
  const Case c(scaled());
  const PrototypeSource source = c.source(Metric::kEuclidean);
  const auto refused = [&](const std::vector<Index>& rows,
                           const std::vector<ClassId>& candidates,
                           std::initializer_list<std::string_view> parts) {
    expect_error(
        ErrorKind::kInvalidArgument, parts, [&] { (void)source.best(rows, candidates, 1); });
    expect_error(
        ErrorKind::kInvalidArgument, parts, [&] { (void)source.scores(rows, candidates); });
  };
  refused({0, kRows}, {1}, {"0 .. 1099", "got 1100"});
  refused({-1}, {1}, {"0 .. 1099", "got -1"});
  refused({0}, {}, {"candidate"});
  refused({0}, {0, kNumClasses}, {"70"});
  refused({0}, {-1}, {"-1"});
  for (const Index k : {0, 3}) {
    expect_error(ErrorKind::kInvalidArgument, {"k = "}, [&] {
      (void)source.best(std::vector<Index>{0}, std::vector<ClassId>{1, 2}, k);
    });
  }
}

TEST(PrototypeSource, RefusesPartsThatDoNotFit) {
  const Case c(chain());
  const auto made = [&](const FeatureMap& map, const PrototypesView& prototypes) {
    (void)PrototypeSource(c.features, map, prototypes, Metric::kCosine);
  };
  made(c.map, c.prototypes);
  expect_error(ErrorKind::kShapeMismatch, {"9 dimensions", "got 24"}, [&] {
    made(FeatureMap(), c.prototypes);
  });
  expect_error(ErrorKind::kShapeMismatch, {"step 1"}, [&] {
    made(FeatureMap({ScalingKind::kMinMax, {0.0f}, {1.0f}}), c.prototypes);
  });
  const std::vector<float> few(3, 1.0f);
  expect_error(ErrorKind::kShapeMismatch, {}, [&] {
    made(c.map, {c.prototypes.rows.view(), few, {}});
  });
  std::vector<float> negative(kNumClasses, 1.0f);
  negative[4] = -1.0f;
  expect_error(ErrorKind::kInvalidArgument, {}, [&] {
    made(c.map, {c.prototypes.rows.view(), negative, {}});
  });
}

// One search gives what two and all scores would.
TEST(PrototypeSource, BestScoresAreTheScoresOfTheBest) {
  std::vector<Index> rows(700);
  std::iota(rows.begin(), rows.end(), Index{5});
  std::vector<ClassId> candidates;
  for (ClassId c = kNumClasses - 1; c >= 0; c -= 2) candidates.push_back(c);
  for (const Metric metric : kMetrics) {
    for (const double temperature : {0.0, 0.7}) {
      const Case c(scaled());
      const PrototypeSource source = c.source(metric);
      const BestScores found = source.best_scores(rows, candidates, 4, temperature);
      const BestScores slowly = source.ScoreSource::best_scores(rows, candidates, 4, temperature);
      ASSERT_EQ(found.softmax_sums.size(), temperature > 0.0 ? rows.size() : 0u);
      ASSERT_EQ(slowly.softmax_sums.size(), found.softmax_sums.size());
      for (Index i = 0; i < 700; ++i) {
        for (Index j = 0; j < 4; ++j) {
          EXPECT_EQ(found.places(i, j), slowly.places(i, j)) << i << " " << j;
          EXPECT_EQ(found.scores(i, j), slowly.scores(i, j)) << i << " " << j;
        }
        if (temperature == 0.0) continue;
        // Float32 products, as Predictor takes them.
        const double want = slowly.softmax_sums[at(i)];
        EXPECT_NEAR(found.softmax_sums[at(i)], want, 1e-3 * want) << i;
      }
    }
  }
}

}  // namespace
}  // namespace dem
