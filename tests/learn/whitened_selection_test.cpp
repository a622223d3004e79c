// What settings of whitened and gp are chosen by is what the models of these settings give.
#include "learn/kernel/whitened_selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "base/at.h"
#include "fold_case.h"
#include "learn/kernel/class_process.h"
#include "learn/kernel/gp_selection.h"
#include "learn/kernel/score_curves.h"
#include "learn/kernel/whitened_model.h"
#include "learn/kernel/whitened_prototypes.h"

namespace dem {
namespace {

using test::curve_of_slots;
using test::Fold;
using test::kHeldOut;
using test::kSeen;
using test::kWidth;

template <typename Settings, typename MakeModel>
SeenUnseenCurve curve_of_model(const Fold& fold, const Settings& settings, MakeModel&& make) {
  const FoldProblem all(fold.fold.statistics, fold.rows);
  std::vector<std::string> names;
  for (Index c = 0; c < kSeen; ++c) names.push_back(std::to_string(c));
  const ClassInput input{"attribute", kWidth};
  const FeatureMap base;
  return curve_of_slots(slot_scores(make({all, input, std::move(names), base}, settings), fold),
                        fold);
}

// Two folds of the same numbers of classes, changed before they are made ready.
struct TwoFolds {
  using Change = std::function<void(int, ScoredFold&)>;
  explicit TwoFolds(
      Rng& rng, const Change& change = [](int, ScoredFold&) {}) {
    for (int i = 0; i < 2; ++i) {
      folds.push_back(std::make_unique<Fold>(rng));
      change(i, folds.back()->fold);
      problems.push_back(std::make_unique<FoldProblem>(folds.back()->fold, folds.back()->rows));
    }
  }
  std::vector<std::unique_ptr<Fold>> folds;
  FoldProblems problems;
};

TEST(WhitenedSelection, JudgesBySettingsOfTheModel) {
  Rng rng(21, Purpose::kSynthetic);
  const WhitenedSettings cases[] = {
      {},
      {KernelSpec(KernelKind::kGaussian, 0.3), 0.01, 0.2, Metric::kEuclidean, 4.0},
      {KernelKind::kCentred, 1.0, 0.9, Metric::kEuclidean, 0.0},
      {KernelKind::kQuartic, 0.3, 0.1, Metric::kCosine, 0.0}};
  for (const WhitenedSettings& s : cases) {
    const TwoFolds two(rng);
    const WhitenedGrids grids{{s.shrinkage}, {s.kernel}, {s.lambda}, {s.comparison}, {s.blend}};
    const WhitenedChoice choice = choose_whitened(two.problems, kSeen + kHeldOut, s, grids);
    std::vector<SeenUnseenCurve> curves;
    for (const auto& fold : two.folds) curves.push_back(curve_of_model(*fold, s, whitened_model));
    EXPECT_NEAR(choice.t1, (curves[0].t1() + curves[1].t1()) / 2.0, 1e-12) << to_string(s.kernel);
    ASSERT_TRUE(choice.harmonic);
    EXPECT_NEAR(*choice.harmonic, best_gamma(curves).harmonic, 1e-9) << to_string(s.kernel);
  }
}

TEST(GpSelection, JudgesBySettingsOfTheModel) {
  Rng rng(22, Purpose::kSynthetic);
  const GpSettings cases[] = {{},
                              {KernelSpec(KernelKind::kGaussian, 3.0), 0.3, 0.1, true},
                              {KernelKind::kLinear, 1.0, 0.3, false},
                              {KernelKind::kCentred, 0.97, 0.9, false}};
  for (const GpSettings& s : cases) {
    const TwoFolds two(rng);
    const GpGrids grids{{s.kernel}, {s.explained}, {s.shrinkage}, {s.log_determinant}};
    const auto choice = choose_gp(two.problems, kSeen + kHeldOut, s, grids);
    ASSERT_TRUE(choice);
    std::vector<SeenUnseenCurve> curves;
    for (const auto& fold : two.folds) curves.push_back(curve_of_model(*fold, s, gp_model));
    EXPECT_NEAR(choice->t1, (curves[0].t1() + curves[1].t1()) / 2.0, 1e-12) << to_string(s.kernel);
    EXPECT_NEAR(choice->harmonic.value(), best_gamma(curves).harmonic, 1e-9) << to_string(s.kernel);
  }
}

WhitenedGrids grids_of(const WhitenedSettings& s) {
  return {{s.shrinkage}, {s.kernel}, {s.lambda}, {s.comparison}, {s.blend}};
}

GpGrids grids_of(const GpSettings& s) {
  return {{s.kernel}, {s.explained}, {s.shrinkage}, {s.log_determinant}};
}

TEST(WhitenedAndGpSelection, JudgeAtTheGammaThatIsGiven) {
  Rng rng(25, Purpose::kSynthetic);
  const TwoFolds two(rng);
  const auto expected = [&](const auto& settings, auto make, double gamma) {
    double sum = 0.0;
    for (const auto& fold : two.folds) {
      sum += curve_of_model(*fold, settings, make).at(gamma).harmonic() / 2.0;
    }
    return sum;
  };
  for (const double gamma : {0.0, 0.07}) {
    WhitenedGrids whitened = grids_of(WhitenedSettings{});
    whitened.given_gamma = gamma;
    EXPECT_NEAR(*choose_whitened(two.problems, 11, {}, whitened).harmonic,
                expected(WhitenedSettings{}, whitened_model, gamma),
                1e-9);
    GpGrids gp = grids_of(GpSettings{});
    gp.given_gamma = gamma;
    EXPECT_NEAR(*choose_gp(two.problems, 11, {}, gp)->harmonic,
                expected(GpSettings{}, gp_model, gamma),
                1e-9);
  }
}

// They have a part in T1, and none in H.
TEST(WhitenedAndGpSelection, LeaveFoldsWithoutImagesOfSeenClassesOutOfH) {
  for (const int without : {1, 0}) {  // of the second fold, or of both
    Rng rng(26, Purpose::kSynthetic);
    const TwoFolds two(rng, [&](int i, ScoredFold& fold) {
      if (i >= without) fold.seen = {Matrix<float>(0, test::kDim), {}};
    });
    const auto expect = [&](const auto& choice, const auto& settings, auto make) {
      std::vector<SeenUnseenCurve> curves;
      for (const auto& fold : two.folds) curves.push_back(curve_of_model(*fold, settings, make));
      EXPECT_NEAR(choice.t1, (curves[0].t1() + curves[1].t1()) / 2.0, 1e-12);
      ASSERT_EQ(choice.harmonic.has_value(), without == 1);
      if (without == 1) {
        EXPECT_NEAR(*choice.harmonic, best_gamma({curves.data(), 1}).harmonic, 1e-9);
      }
    };
    expect(choose_whitened(two.problems, 11, {}, grids_of(WhitenedSettings{})),
           WhitenedSettings{},
           whitened_model);
    expect(*choose_gp(two.problems, 11, {}, grids_of(GpSettings{})), GpSettings{}, gp_model);
  }
}

// A fold whose class means are one point has no direction for gp.
TEST(GpSelection, CountsAFoldWithoutASolutionAsZero) {
  const auto flatten = [](ScoredFold& fold) {
    for (ClassId c = 0; c < kSeen; ++c) {
      const auto row = fold.statistics.means.row(c);
      std::fill(row.begin(), row.end(), 0.25);
    }
  };
  Rng rng(27, Purpose::kSynthetic);
  const TwoFolds two(rng, [&](int i, ScoredFold& fold) {
    if (i == 1) flatten(fold);
  });
  const auto choice = choose_gp(two.problems, 11, {}, grids_of(GpSettings{}));
  ASSERT_TRUE(choice);
  const SeenUnseenCurve curve = curve_of_model(*two.folds[0], GpSettings{}, gp_model);
  EXPECT_EQ(choice->num_failed, 1);
  EXPECT_NEAR(choice->t1, curve.t1() / 2.0, 1e-12);
  EXPECT_NEAR(*choice->harmonic, best_gamma({&curve, 1}).harmonic / 2.0, 1e-9);
  EXPECT_NEAR(choice->default_sum.value(), choice->t1 + *choice->harmonic, 1e-12);
  const TwoFolds none(rng, [&](int, ScoredFold& fold) { flatten(fold); });
  EXPECT_FALSE(choose_gp(none.problems, 11, {}, grids_of(GpSettings{})));
}

// Of a grid the point is taken that is the best alone.
TEST(WhitenedSelection, TakesTheBestPointOfItsGrids) {
  Rng rng(23, Purpose::kSynthetic);
  const TwoFolds two(rng);
  const WhitenedGrids grids{{0.1, 0.9},
                            {KernelKind::kLinear, KernelSpec(KernelKind::kGaussian, 3.0)},
                            {0.01, 3.0},
                            {Metric::kCosine, Metric::kEuclidean},
                            {1.0}};
  const WhitenedSettings elsewhere{.lambda = 7.0};  // no default to fall back on
  double best = 0.0;
  for (const double s : grids.shrinkages) {
    for (const KernelSpec& kernel : grids.kernels) {
      for (const double lambda : grids.lambdas) {
        for (const Metric comparison : grids.comparisons) {
          const WhitenedGrids one{{s}, {kernel}, {lambda}, {comparison}, {1.0}};
          best = std::max(best, choose_whitened(two.problems, 200, elsewhere, one).t1);
        }
      }
    }
  }
  EXPECT_EQ(choose_whitened(two.problems, 200, elsewhere, grids).t1, best);
}

// The posterior of all classes' means along one direction, by the plain formulas of a Gaussian.
TEST(ClassProcess, IsTheGaussianGivenTheMeans) {
  Rng rng(24, Purpose::kSynthetic);
  const Fold fold(rng);
  const FoldProblem problem(fold.fold, fold.rows);
  const Kernel kernel = fitted_kernel(KernelSpec(KernelKind::kGaussian, 1.0), problem.support());
  const std::vector<double>& counts = problem.scatter().counts;
  const double a = 0.7, signal = 2.5;
  const Matrix<double> among = kernel.between(problem.support(), problem.support());
  Matrix<double> means(kSeen, 1);
  for (Index c = 0; c < kSeen; ++c) means(c, 0) = rng.normal();
  const ClassProcess process(among, a, counts);
  const ClassPosterior posterior(process, means, {signal});
  const Gaussians seen = posterior.seen();
  // One class after another is learned: mean and covariance of the others follow it.
  Matrix<double> covariance(kSeen, kSeen);
  std::vector<double> mean(at(kSeen));
  for (Index i = 0; i < kSeen; ++i) {
    for (Index k = 0; k < kSeen; ++k) {
      covariance(i, k) = signal * (a * among(i, k) + (i == k ? 1.0 - a : 0.0));
    }
  }
  for (Index c = 0; c < kSeen; ++c) {
    const double total = covariance(c, c) + 1.0 / counts[at(c)];
    const double surprise = means(c, 0) - mean[at(c)];
    std::vector<double> gain;
    for (Index i = 0; i < kSeen; ++i) gain.push_back(covariance(i, c) / total);
    for (Index i = 0; i < kSeen; ++i) {
      mean[at(i)] += gain[at(i)] * surprise;
      for (Index k = 0; k < kSeen; ++k) covariance(i, k) -= gain[at(i)] * gain[at(k)] * total;
    }
  }
  for (Index c = 0; c < kSeen; ++c) {
    EXPECT_NEAR(seen.mean(c, 0), mean[at(c)], 1e-10) << c;
    EXPECT_NEAR(seen.variance(c, 0), 1.0 + covariance(c, c), 1e-10) << c;
  }
}

}  // namespace
}  // namespace dem
