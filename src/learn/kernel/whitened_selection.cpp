#include "learn/kernel/whitened_selection.h"

#include <algorithm>

#include "base/at.h"
#include "base/parallel.h"
#include "learn/kernel/clear_gain.h"
#include "learn/kernel/products.h"
#include "learn/kernel/score_curves.h"
#include "learn/kernel/whitened_prototypes.h"

namespace dem {
namespace {

// In the order in which T1 of a fold is computed.
std::vector<WhitenedSettings> points_of(const WhitenedSettings& defaults,
                                        const WhitenedGrids& grids) {
  std::vector<WhitenedSettings> points;
  for (const double shrinkage : grids.shrinkages) {
    for (const KernelSpec& kernel : grids.kernels) {
      for (const double lambda : grids.lambdas) {
        for (const Metric comparison : grids.comparisons) {
          points.push_back({kernel, lambda, shrinkage, comparison, defaults.blend});
        }
      }
    }
  }
  return points;
}

bool is_same_point(const WhitenedSettings& a, const WhitenedSettings& b) {
  return a.kernel == b.kernel && a.lambda == b.lambda && a.shrinkage == b.shrinkage &&
         a.comparison == b.comparison;
}

// T1 of one fold at all points.
FoldValues accuracies(const FoldProblem& problem, const WhitenedGrids& grids) {
  FoldValues out;
  const MatrixView<const float> unseen =
      problem.images().view().row_block(0, problem.num_unseen_images());
  for (const double shrinkage : grids.shrinkages) {
    const WhitenedSpace space(problem.scatter(), shrinkage);
    const WhitenedRows rows = whitened_rows(space, unseen);
    for (const KernelSpec& kernel : grids.kernels) {
      const Matrix<double> targets = space.project(problem.regression(kernel).targets());
      for (const double lambda : grids.lambdas) {
        const Matrix<double> prototypes = predicted_in(targets, problem, kernel, lambda);
        for (const Metric comparison : grids.comparisons) {
          out.push_back(held_out_accuracy(scores_by(comparison, rows, prototypes), problem));
        }
      }
    }
  }
  return out;
}

SeenUnseenCurve curve_at(const FoldProblem& problem, const WhitenedSettings& settings) {
  const WhitenedSpace space(problem.scatter(), settings.shrinkage);
  const Matrix<double> seen = blended_in(space, problem, settings);
  const Matrix<double> targets = space.project(problem.regression(settings.kernel).targets());
  const Matrix<double> unseen = predicted_in(targets, problem, settings.kernel, settings.lambda);
  const Matrix<float> scores =
      scores_by(settings.comparison, whitened_rows(space, problem.images()), stacked(seen, unseen));
  return curve_of(scores, problem);
}

template <typename Body>
void for_each_fold(const FoldProblems& folds, Body&& body) {
  parallel_for(static_cast<Index>(folds.size()), 1, [&](Index first, Index last) {
    for (Index f = first; f < last; ++f) body(at(f));
  });
}

// Nothing where no fold has images of seen classes.
std::optional<double> harmonic_at(const FoldProblems& folds,
                                  const WhitenedSettings& settings,
                                  std::optional<double> given_gamma) {
  std::vector<std::optional<SeenUnseenCurve>> made(folds.size());
  for_each_fold(folds, [&](std::size_t f) {
    if (folds[f]->has_seen_images()) made[f].emplace(curve_at(*folds[f], settings));
  });
  std::vector<SeenUnseenCurve> curves;
  for (auto& curve : made) {
    if (curve) curves.push_back(std::move(*curve));
  }
  if (curves.empty()) return std::nullopt;
  return gamma_by(given_gamma, curves).harmonic;
}

void choose_blend(const FoldProblems& folds, const WhitenedGrids& grids, WhitenedChoice& choice) {
  for (const double blend : grids.blends) {
    WhitenedSettings settings = choice.settings;
    settings.blend = blend;
    const std::optional<double> harmonic = harmonic_at(folds, settings, grids.given_gamma);
    if (!harmonic) return;
    choice.blends.push_back({settings, *harmonic});
    if (choice.harmonic && *harmonic <= *choice.harmonic) continue;
    choice.settings.blend = blend;
    choice.best_blend = choice.blends.size() - 1;
    choice.harmonic = harmonic;
  }
}

}  // namespace

bool WhitenedGrids::has_choice() const {
  return shrinkages.size() * kernels.size() * lambdas.size() * comparisons.size() * blends.size() >
         1;
}

WhitenedChoice choose_whitened(const FoldProblems& folds,
                               Index num_seen_classes,
                               const WhitenedSettings& defaults,
                               const WhitenedGrids& grids) {
  const std::vector<WhitenedSettings> points = points_of(defaults, grids);
  std::vector<FoldValues> of_fold(folds.size());
  for_each_fold(folds, [&](std::size_t f) { of_fold[f] = accuracies(*folds[f], grids); });
  std::vector<FoldValues> values(points.size());
  std::size_t best = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (const FoldValues& fold : of_fold) values[i].push_back(fold[i]);
    if (mean_of(values[i]) > mean_of(values[best])) best = i;
  }
  const auto start = std::find_if(points.begin(), points.end(), [&](const auto& point) {
    return is_same_point(point, defaults);
  });
  WhitenedChoice choice;
  choice.best_point = best;
  for (std::size_t i = 0; i < points.size(); ++i) {
    choice.points.push_back({points[i], mean_of(values[i])});
  }
  if (start != points.end()) {
    const auto place = static_cast<std::size_t>(start - points.begin());
    choice.default_t1 = mean_of(values[place]);
    const double wanted = standard_errors_wanted(num_seen_classes);
    choice.took_default = !is_clearly_better(values[best], values[place], wanted);
    if (choice.took_default) best = place;
  }
  choice.settings = points[best];
  choice.t1 = mean_of(values[best]);
  choose_blend(folds, grids, choice);
  return choice;
}

}  // namespace dem
