#include "pipeline/gamma_on_folds.h"

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dem/base/log.h"
#include "learn/judging_folds.h"
#include "learn/seen_unseen_curve.h"
#include "pipeline/fold_curve.h"

namespace dem {
namespace {

FoldGamma fold_gamma(double gamma,
                     std::optional<double> harmonic,
                     std::span<const SeenUnseenCurve> curves) {
  FoldGamma out{.gamma = gamma, .harmonic = harmonic, .num_folds = curves.size()};
  for (const SeenUnseenCurve& curve : curves) {
    out.t1s.push_back(curve.t1());
    if (harmonic) out.harmonics.push_back(curve.at(gamma).harmonic());
  }
  out.t1 =
      std::accumulate(out.t1s.begin(), out.t1s.end(), 0.0) / static_cast<double>(curves.size());
  return out;
}

std::string text_of(const FoldGamma& found) {
  return concat("gamma ",
                found.gamma,
                found.harmonic ? concat(": H ", 100.0 * *found.harmonic) : std::string(),
                " on ",
                found.num_folds,
                " folds of held-out seen classes",
                found.harmonic ? ""
                               : ", without images of seen classes, of which none could be "
                                 "spared");
}

}  // namespace

std::optional<FoldGamma> gamma_on_folds(const GammaChoice& wanted,
                                        std::span<const ScoredFold> folds,
                                        const FoldLearner& learn,
                                        const ClassTable& classes) {
  const std::optional<double> given = given_gamma(wanted);
  std::vector<SeenUnseenCurve> curves, without_seen;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const ScoredFold& fold = folds[i];
    if (!can_judge(fold)) continue;
    const std::optional<Learned> learned = learn(i);
    if (!learned) continue;
    const bool has_seen = fold.seen.features.rows() > 0;
    (has_seen ? curves : without_seen).push_back(fold_curve(*learned, fold, classes));
  }
  if (!curves.empty()) {
    const BestGamma best = gamma_by(given, curves);
    return fold_gamma(best.gamma, best.harmonic, curves);
  }
  if (without_seen.empty()) return std::nullopt;
  const double gamma = given.value_or(gamma_without_seen(without_seen));
  return fold_gamma(gamma, std::nullopt, without_seen);
}

std::optional<FoldGamma> gamma_on_folds(Recipe recipe, const LearningData& data) {
  if (data.num_repeats(1) == 0) return std::nullopt;
  const GammaChoice wanted = recipe.gamma;
  recipe.gamma = {};
  const std::vector<ScoredFold> folds = data.scored_folds(0);
  return gamma_on_folds(
      wanted,
      folds,
      [&](std::size_t fold) { return learn_fold(recipe, folds[fold], data); },
      data.classes);
}

SetGamma set_gamma(const GammaChoice& wanted,
                   Index num_seen_classes,
                   const std::function<std::optional<FoldGamma>()>& on_folds) {
  const GammaChoice gamma = logged_gamma_for(wanted, num_seen_classes);
  if (gamma.by != GammaChoice::By::kValidation) return {gamma.value, false};
  const auto found = on_folds();
  if (!found) {
    log(LogLevel::kWarning,
        "gamma: nothing to choose it by (it takes a fold of two held-out classes and two others "
        "that has a solution, from images or from statistics with a sample): 0 is taken");
    return {};
  }
  log(LogLevel::kInfo, text_of(*found));
  return {found->gamma, true};
}

}  // namespace dem
