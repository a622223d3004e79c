// What settings are chosen by is what the model of these settings gives.
#include "learn/kernel/fold_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/at.h"
#include "fold_case.h"
#include "learn/kernel/kernel_model.h"
#include "learn/kernel/kernel_selection.h"
#include "learn/kernel/whitened_features.h"

namespace dem {
namespace {

using test::curve_of_slots;
using test::Fold;
using test::kHeldOut;
using test::kSeen;
using test::kWidth;

// Scores of the model that is made of the fold.
Matrix<double> model_scores(const Fold& problem, const KernelSettings& settings) {
  const FoldProblem all(problem.fold.statistics, problem.rows);
  std::vector<std::string> names;
  for (Index c = 0; c < kSeen; ++c) names.push_back(std::to_string(c));
  return slot_scores(
      kernel_model(all, settings, {"attribute", kWidth}, std::move(names), FeatureMap()), problem);
}

// A constant that all features have in common costs none of a score's digits but those that the
// features themselves lose, 5e-4 of 0.5 at 1e4.
TEST(KernelModel, FeaturesFarFromZeroKeepTheirDigits) {
  Rng rng(18, Purpose::kSynthetic);
  const Fold problem(rng);
  const FoldProblem all(problem.fold.statistics, problem.rows);
  const WhitenedSpace space(all.scatter(), 0.6);
  Matrix<float> far = problem.fold.unseen.features.clone();
  std::vector<double> moved = all.scatter().centre;
  for (Index i = 0; i < far.size(); ++i) far.data()[i] += 1e4f;
  for (double& value : moved) value += 1e4;
  const Matrix<double> weight = whitening(space);
  const Matrix<float> mapped = with_affine(FeatureMap(), moved, weight).mapped(far);
  for (Index i = 0; i < mapped.rows(); ++i) {
    for (Index k = 0; k < mapped.cols(); ++k) {
      double expected = 0.0, size = 0.0;
      for (Index j = 0; j < far.cols(); ++j) {
        const double term = weight(k, j) * (double{far(i, j)} - moved[at(j)]);
        expected += term;
        size += std::abs(term);
      }
      EXPECT_NEAR(mapped(i, k), expected, 1e-6 * size) << i << " " << k;
    }
  }
  const FeatureMap map =
      kernel_model(all, {}, {"attribute", kWidth}, std::vector<std::string>(kSeen), FeatureMap())
          .feature_map;
  ASSERT_EQ(map.steps().size(), 3u);  // the centre, the products, unit length
  EXPECT_TRUE(std::holds_alternative<FeatureScaling>(map.steps()[0]));
  EXPECT_TRUE(std::holds_alternative<AffineMap>(map.steps()[1]));
}

// What has no scatter at all gets a unit of its own; what has some is measured by itself.
TEST(ClassScatter, IsInTheUnitOfTheFeatures) {
  const auto scatter_of = [](float unit, float difference) {
    Matrix<float> features(4, 2);
    for (Index i = 0; i < 4; ++i) features(i, 0) = unit * (1.0f + (i < 2 ? difference : 0.0f));
    StatisticsGatherer gatherer(2, 2, true);
    gatherer.add(features, std::vector<ClassId>{0, 0, 1, 1});
    return class_scatter(gatherer.finish());
  };
  for (const float difference : {0.0f, 0.5f}) {
    const double plain = scatter_of(1.0f, difference).mean_variance;
    EXPECT_GT(plain, 0.0);
    EXPECT_LT(plain, 1e-6);
    EXPECT_EQ(scatter_of(0x1p-40f, difference).mean_variance, std::ldexp(plain, -80));
  }
  EXPECT_EQ(scatter_of(0.0f, 0.5f).mean_variance, 1.0);
}

TEST(FoldScores, AreThoseOfTheModelOfTheFold) {
  Rng rng(17, Purpose::kSynthetic);
  const KernelSettings cases[] = {{},
                                  {.kernel = KernelKind::kQuartic,
                                   .shrinkage = 0.2,
                                   .kappa = 0.5,
                                   .hub = 0.3,
                                   .hub_fraction = 1.0},
                                  {.kernel = KernelKind::kCentred,
                                   .kappa = 0.2,
                                   .blend = -1.0,
                                   .gaussian = 0.2,
                                   .exponent = 1.5},
                                  {.kernel = KernelKind::kGaussian,
                                   .lambda = 0.01,
                                   .kappa = 1.0,
                                   .hub = 0.1,
                                   .blend = 4.0,
                                   .gaussian = 0.05,
                                   .strength = 0.2}};
  for (const KernelSettings& settings : cases) {
    const Fold problem(rng);
    const FoldProblem prepared(problem.fold, problem.rows);
    FoldScores scores(prepared, settings);
    const SeenUnseenCurve chosen_by = scores.curve(settings);
    const SeenUnseenCurve of_model = curve_of_slots(model_scores(problem, settings), problem);
    ASSERT_EQ(chosen_by.gaps().size(), of_model.gaps().size());
    for (std::size_t i = 0; i < of_model.gaps().size(); ++i) {
      EXPECT_NEAR(chosen_by.gaps()[i], of_model.gaps()[i], 2e-5) << to_string(settings.kernel);
    }
    EXPECT_NEAR(chosen_by.t1(), of_model.t1(), 1e-12) << to_string(settings.kernel);
    EXPECT_NEAR(chosen_by.area(), of_model.area(), 1e-12) << to_string(settings.kernel);
  }
}

TEST(FoldScores, ReciprocalRanksGiveTiesTheirMeanRankAndNoNumberTheLast) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto rank = [](std::vector<float> scores, Index label) {
    Matrix<float> row(1, static_cast<Index>(scores.size()));
    std::copy(scores.begin(), scores.end(), row.row(0).begin());
    const std::vector<Index> labels{label};
    return reciprocal_rank(row, labels);
  };
  EXPECT_DOUBLE_EQ(rank({3.0f, 1.0f, 2.0f}, 0), 1.0);
  EXPECT_DOUBLE_EQ(rank({3.0f, 1.0f, 2.0f}, 1), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(rank({1.0f, 1.0f, 1.0f}, 1), 0.5);
  EXPECT_DOUBLE_EQ(rank({1.0f, nan, 0.0f}, 0), 0.5);
  EXPECT_DOUBLE_EQ(rank({1.0f, nan, 0.0f}, 1), 1.0 / 3.0);
}

// With a gamma that was given the log must not say what another one would have reached.
TEST(KernelSelection, AGivenGammaIsWhatIsJudged) {
  Rng rng(18, Purpose::kSynthetic);
  std::vector<std::unique_ptr<FoldProblem>> folds;
  std::vector<Fold> problems;
  problems.reserve(3);
  for (int i = 0; i < 3; ++i) {
    problems.emplace_back(rng);
    folds.push_back(std::make_unique<FoldProblem>(problems.back().fold, problems.back().rows));
  }
  KernelSettings defaults;
  defaults.gamma = 1e6;
  KernelGrids grids;
  grids.given_gamma = 1e6;
  const KernelChoice choice = choose_settings(folds, kSeen + kHeldOut, defaults, grids);
  EXPECT_EQ(choice.settings.gamma, 1e6);
  ASSERT_TRUE(choice.harmonic);
  EXPECT_NEAR(*choice.harmonic, 0.0, 1e-12);
}

}  // namespace
}  // namespace dem
