#include "pipeline/fold_curve.h"

#include <numeric>
#include <vector>

#include "base/at.h"
#include "dem/search/score_source.h"
#include "learn/curve_images.h"
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

}  // namespace

SeenUnseenCurve fold_curve(const Learned& learned,
                           const ScoredFold& fold,
                           const ClassTable& classes) {
  const FoldClasses candidates = classes_of(fold);
  const Prototypes prototypes = learned_prototypes(learned, classes);
  std::vector<CurveImage> images;
  add_images(learned, prototypes, candidates, fold.unseen, true, images);
  add_images(learned, prototypes, candidates, fold.seen, false, images);
  return SeenUnseenCurve(images);
}

}  // namespace dem
