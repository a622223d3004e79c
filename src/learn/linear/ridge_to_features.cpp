#include "learn/linear/ridge_to_features.h"

namespace dem {

RidgeToFeatures::RidgeToFeatures(MatrixView<const double> class_embeddings,
                                 const ClassStatistics& statistics,
                                 Shifts lambdas)
    : RidgeToFeatures(seen_classes(class_embeddings, statistics), lambdas) {}

RidgeToFeatures::RidgeToFeatures(const SeenClasses& seen, Shifts lambdas)
    : mean_embedding_(mean_over_images(seen.counts, seen.embeddings)),
      mean_feature_(mean_over_images(seen.counts, seen.means)),
      inverse_(weighted_rows(seen.counts, seen.embeddings, mean_embedding_), lambdas),
      targets_(weighted_rows(seen.counts, seen.means, mean_feature_)) {}

RidgeMap RidgeToFeatures::solve(double lambda) const {
  return map_through(inverse_.solve(lambda, targets_), mean_embedding_, mean_feature_);
}

}  // namespace dem
