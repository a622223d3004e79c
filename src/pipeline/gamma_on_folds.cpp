#include "pipeline/gamma_on_folds.h"

#include <numeric>
#include <utility>
#include <vector>

#include "base/at.h"
#include "dem/search/score_source.h"
#include "learn/curve_images.h"
#include "learn/judging_folds.h"
#include "learn/seen_unseen_curve.h"
#include "pipeline/learned_fold.h"
#include "pipeline/learned_prototypes.h"

namespace dem {
namespace {

void add_images(const Learned& learned,
                const PrototypesView& prototypes,
                const FoldClasses& candidates,
                const ScoredFold::Rows& rows,
                bool is_unseen,
                std::vector<CurveImage>& images) {
  const PrototypeSource source(rows.features, learned.feature_map, prototypes, learned.metric);
  std::vector<Index> all(at(rows.features.rows()));
  std::iota(all.begin(), all.end(), Index{0});
  add_curve_images(source, all, rows.labels, candidates.seen, candidates.unseen, is_unseen, images);
}

SeenUnseenCurve curve_of(const Learned& learned,
                         const ScoredFold& fold,
                         const ClassTable& classes) {
  const FoldClasses candidates = classes_of(fold);
  const Prototypes prototypes = learned_prototypes(learned, classes);
  std::vector<CurveImage> images;
  add_images(learned, prototypes, candidates, fold.unseen, true, images);
  add_images(learned, prototypes, candidates, fold.seen, false, images);
  return SeenUnseenCurve(images);
}

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

}  // namespace

std::optional<FoldGamma> gamma_on_folds(Recipe recipe, const LearningData& data) {
  if (data.num_repeats(1) == 0) return std::nullopt;
  const std::optional<double> given = given_gamma(recipe.gamma);
  recipe.gamma = {};
  std::vector<SeenUnseenCurve> curves, without_seen;
  for (const ScoredFold& fold : data.scored_folds(0)) {
    if (!can_judge(fold)) continue;
    const std::optional<Learned> learned = learn_fold(recipe, fold, data);
    if (!learned) continue;
    const bool has_seen = fold.seen.features.rows() > 0;
    (has_seen ? curves : without_seen).push_back(curve_of(*learned, fold, data.classes));
  }
  if (!curves.empty()) {
    const BestGamma best = gamma_by(given, curves);
    return fold_gamma(best.gamma, best.harmonic, curves);
  }
  if (without_seen.empty()) return std::nullopt;
  const double gamma = given.value_or(gamma_without_seen(without_seen));
  return fold_gamma(gamma, std::nullopt, without_seen);
}

}  // namespace dem
