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
  grids.chooses_gamma = false;
  const KernelChoice choice = choose_settings(folds, kSeen + kHeldOut, defaults, grids);
  EXPECT_EQ(choice.settings.gamma, 1e6);
  ASSERT_TRUE(choice.harmonic);
  EXPECT_NEAR(*choice.harmonic, 0.0, 1e-12);
}

}  // namespace
}  // namespace dem
