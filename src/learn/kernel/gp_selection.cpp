#include "learn/kernel/gp_selection.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/at.h"
#include "base/parallel.h"
#include "learn/kernel/class_process.h"
#include "learn/kernel/clear_gain.h"
#include "learn/kernel/fold_scores.h"
#include "learn/kernel/products.h"
#include "learn/kernel/score_curves.h"
#include "learn/kernel/signal_space.h"

namespace dem {
namespace {

constexpr Index kManyForStages = 300;  // of a fold: eigenvectors for each pair are then dear
constexpr std::size_t kFirstFolds = 2;
constexpr std::size_t kKeptPriors = 4;

// What a process is made for.
struct Prior {
  KernelSpec kernel;
  double explained;
  [[nodiscard]] bool is_of(const GpSettings& settings) const {
    return kernel == settings.kernel && explained == settings.explained;
  }
};

std::vector<GpSettings> gp_points(const std::vector<Prior>& priors, const GpGrids& grids) {
  std::vector<GpSettings> points;
  for (const Prior& prior : priors) {
    for (const double shrinkage : grids.shrinkages) {
      for (const bool log_determinant : grids.log_determinants) {
        points.push_back({prior.kernel, prior.explained, shrinkage, log_determinant});
      }
    }
  }
  return points;
}

// A fold in the space of one shrinkage.
struct GpSpace {
  GpSpace(const FoldProblem& problem, double shrinkage)
      : whitened(problem.scatter(), shrinkage),
        space(whitened),
        means(space.project(problem.scatter().means)),
        images(space.turned(whitened_rows(whitened, problem.images()))) {}
  GpSpace(const GpSpace&) = delete;
  GpSpace& operator=(const GpSpace&) = delete;

  WhitenedSpace whitened;
  SignalSpace space;  // refers to `whitened`
  Matrix<double> means;
  Matrix<float> images;
};

// Seen classes and then those held out.
Gaussians joined(const Gaussians& seen, const Gaussians& unseen) {
  return {stacked(seen.mean, unseen.mean), stacked(seen.variance, unseen.variance)};
}

void take_log_determinants(const Gaussians& gaussians, Matrix<float>& scores) {
  for (Index c = 0; c < scores.cols(); ++c) {
    double sum = 0.0;
    for (const double variance : gaussians.variance.row(c)) sum += std::log(variance);
    for (Index i = 0; i < scores.rows(); ++i) scores(i, c) -= static_cast<float>(0.5 * sum);
  }
}

// The curves of one fold at all points, in their order; none where classes do not differ.
using GpCurves = std::vector<std::optional<SeenUnseenCurve>>;

class GpFold {
 public:
  GpFold(const FoldProblem& problem, const GpGrids& grids) : problem_(problem), grids_(grids) {
    for (const double shrinkage : grids.shrinkages) {
      spaces_.push_back(std::make_unique<GpSpace>(problem, shrinkage));
    }
  }

  GpCurves curves(const std::vector<Prior>& priors) {
    for (const Prior& prior : priors) {
      const Kernel kernel = fitted_kernel(prior.kernel, problem_.support());
      const ClassProcess process(kernel.between(problem_.support(), problem_.support()),
                                 prior.explained,
                                 problem_.scatter().counts);
      const Matrix<double> in_basis =
          times<double>(kernel.between(problem_.held_out(), problem_.support()), process.root());
      const std::vector<double> alone = kernel.with_itself(problem_.held_out());
      for (const auto& space : spaces_) add(*space, process, in_basis, alone);
    }
    return std::move(curves_);
  }

 private:
  void add(const GpSpace& space,
           const ClassProcess& process,
           const Matrix<double>& in_basis,
           const std::vector<double>& alone) {
    if (space.space.width() == 0) {
      curves_.resize(curves_.size() + grids_.log_determinants.size());
      return;
    }
    const ClassPosterior posterior(process, space.means, space.space.signal);
    const Gaussians all = joined(posterior.seen(), posterior.predicted(in_basis, alone));
    const Matrix<float> scores = gaussian_scores(space.images, all);
    for (const bool log_determinant : grids_.log_determinants) {
      Matrix<float> some = scores.clone();
      if (log_determinant) take_log_determinants(all, some);
      curves_.emplace_back(curve_of(some, problem_));
    }
  }

  const FoldProblem& problem_;
  const GpGrids& grids_;
  std::vector<std::unique_ptr<GpSpace>> spaces_;
  GpCurves curves_;
};

struct GpValue {
  GpSettings settings;
  FoldValues sums;  // T1 + H of each fold, 0 where it has no solution
  double t1 = 0.0;
  std::optional<double> harmonic = {};
  Index num_failed = 0;

  [[nodiscard]] bool has_solution() const { return num_failed < static_cast<Index>(sums.size()); }
  [[nodiscard]] double order() const { return has_solution() ? t1 + harmonic.value_or(0.0) : -1.0; }
};

// H of the folds with images of seen classes; those that failed count as 0.
void add_harmonics(const FoldProblems& folds,
                   const std::vector<const SeenUnseenCurve*>& of_fold,
                   std::optional<double> given_gamma,
                   GpValue& value) {
  std::vector<SeenUnseenCurve> curves;
  double num_scored = 0.0;
  for (std::size_t f = 0; f < of_fold.size(); ++f) {
    if (!folds[f]->has_seen_images()) continue;
    num_scored += 1.0;
    if (of_fold[f] != nullptr) curves.push_back(*of_fold[f]);
  }
  if (num_scored > 0.0) value.harmonic = 0.0;
  if (curves.empty()) return;
  const BestGamma best = gamma_by(given_gamma, curves);
  value.harmonic = best.harmonic * static_cast<double>(curves.size()) / num_scored;
  for (std::size_t f = 0; f < of_fold.size(); ++f) {
    if (of_fold[f] == nullptr || !folds[f]->has_seen_images()) continue;
    value.sums[f] += of_fold[f]->at(best.gamma).harmonic();
  }
}

GpValue value_of(const FoldProblems& folds,
                 const GpSettings& settings,
                 const std::vector<const SeenUnseenCurve*>& of_fold,
                 std::optional<double> given_gamma) {
  GpValue value{settings, {}};
  for (const SeenUnseenCurve* curve : of_fold) {
    value.sums.push_back(curve != nullptr ? curve->t1() : 0.0);
    value.num_failed += curve != nullptr ? 0 : 1;
  }
  value.t1 = mean_of(value.sums);
  add_harmonics(folds, of_fold, given_gamma, value);
  return value;
}

using GpValues = std::vector<GpValue>;

// All points of some priors, on the first folds.
GpValues evaluate_priors(const FoldProblems& folds,
                         std::size_t num_folds,
                         const GpGrids& grids,
                         const std::vector<Prior>& priors) {
  std::vector<GpCurves> of_fold(num_folds);
  parallel_for(static_cast<Index>(num_folds), 1, [&](Index first, Index last) {
    for (Index f = first; f < last; ++f) {
      of_fold[at(f)] = GpFold(*folds[at(f)], grids).curves(priors);
    }
  });
  const std::vector<GpSettings> points = gp_points(priors, grids);
  GpValues values;
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::vector<const SeenUnseenCurve*> curves;
    for (const GpCurves& fold : of_fold) curves.push_back(fold[i] ? &*fold[i] : nullptr);
    values.push_back(value_of(folds, points[i], curves, grids.given_gamma));
  }
  return values;
}

// The first of the best.
const GpValue& best_of_all(const GpValues& values) {
  return *std::max_element(values.begin(), values.end(), [](const auto& a, const auto& b) {
    return a.order() < b.order();
  });
}

std::vector<Prior> priors_of(const GpGrids& grids) {
  std::vector<Prior> priors;
  for (const KernelSpec& kernel : grids.kernels) {
    for (const double explained : grids.explained) priors.push_back({kernel, explained});
  }
  return priors;
}

// Those with the best points, and that of the defaults if it is among them.
std::vector<Prior> best_priors(std::vector<Prior> priors,
                               const GpValues& values,
                               const GpSettings& defaults) {
  const auto best_with = [&](const Prior& prior) {
    double best = -1.0;
    for (const GpValue& value : values) {
      if (prior.is_of(value.settings)) best = std::max(best, value.order());
    }
    return best;
  };
  std::stable_sort(priors.begin(), priors.end(), [&](const Prior& a, const Prior& b) {
    return best_with(a) > best_with(b);
  });
  std::vector<Prior> kept;
  for (const Prior& prior : priors) {
    if (kept.size() < kKeptPriors || prior.is_of(defaults)) kept.push_back(prior);
  }
  return kept;
}

// All priors on all folds; with many classes all on the first folds, then the best ones on all.
GpValues evaluate_all(const FoldProblems& folds, const GpSettings& defaults, const GpGrids& grids) {
  std::vector<Prior> priors = priors_of(grids);
  if (folds[0]->num_seen() > kManyForStages && folds.size() > kFirstFolds) {
    const GpValues first = evaluate_priors(folds, kFirstFolds, grids, priors);
    priors = best_priors(std::move(priors), first, defaults);
  }
  return evaluate_priors(folds, folds.size(), grids, priors);
}

}  // namespace

bool GpGrids::has_choice() const {
  return kernels.size() * explained.size() * shrinkages.size() * log_determinants.size() > 1;
}

std::optional<GpChoice> choose_gp(const FoldProblems& folds,
                                  Index num_seen_classes,
                                  const GpSettings& defaults,
                                  const GpGrids& grids) {
  const GpValues values = evaluate_all(folds, defaults, grids);
  const GpValue* best = &best_of_all(values);
  if (!best->has_solution()) return std::nullopt;
  GpChoice choice;
  for (const GpValue& value : values) choice.points.push_back({value.settings, value.order()});
  choice.best_point = static_cast<std::size_t>(best - values.data());
  const auto start = std::find_if(
      values.begin(), values.end(), [&](const auto& value) { return value.settings == defaults; });
  if (start != values.end() && start->has_solution()) {
    choice.default_sum = start->order();
    const double wanted = standard_errors_wanted(num_seen_classes);
    choice.took_default = !is_clearly_better(best->sums, start->sums, wanted);
    if (choice.took_default) best = &*start;
  }
  choice.settings = best->settings;
  choice.t1 = best->t1;
  choice.harmonic = best->harmonic;
  choice.num_failed = best->num_failed;
  return choice;
}

}  // namespace dem
