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

double mean_t1(std::span<const SeenUnseenCurve> curves) {
  double sum = 0.0;
  for (const SeenUnseenCurve& curve : curves) sum += curve.t1();
  return sum / static_cast<double>(curves.size());
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
    return FoldGamma{best.gamma, best.harmonic, mean_t1(curves), curves.size()};
  }
  if (without_seen.empty()) return std::nullopt;
  return FoldGamma{given.value_or(gamma_without_seen(without_seen)),
                   std::nullopt,
                   mean_t1(without_seen),
                   without_seen.size()};
}

}  // namespace dem
