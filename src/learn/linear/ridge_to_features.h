// Ridge regression from class embeddings to features: prototypes of classes.
#pragma once

#include "learn/linear/ridge_inverse.h"
#include "learn/linear/ridge_map.h"
#include "learn/linear/seen_classes.h"

namespace dem {

// Over training images x of classes c with embeddings s_c,
//   minimise over W, b:  sum |W s_c + b - x|^2 + lambda |W|^2,
// the intercept b without penalty. At the best b the map takes the images' mean embedding s to
// their mean feature m, which leaves, with class means m_c,
//   sum over c of n_c |W (s_c - s) - (m_c - m)|^2 + lambda |W|^2 + what W does not change:
// least squares with the rows sqrt(n_c) (s_c - s)' and sqrt(n_c) (m_c - m)', in embedding_dim or
// num_seen unknowns, whichever are fewer (RidgeInverse). The direction from semantics to features
// is the one with fewer hubs (Shigeto et al., ECML 2015).
class RidgeToFeatures {
 public:
  // class_embeddings [num_classes, embedding_dim]. Second moments are not needed. Throws what
  // seen_classes() throws.
  RidgeToFeatures(MatrixView<const double> class_embeddings,
                  const ClassStatistics& statistics,
                  Shifts lambdas);

  // weight W [feature_dim, embedding_dim], bias b [feature_dim]. lambda is not negative. Throws
  // Error{kNumerical} where it does not outweigh rounding.
  [[nodiscard]] RidgeMap solve(double lambda) const;

 private:
  RidgeToFeatures(const SeenClasses& seen, Shifts lambdas);

  std::vector<double> mean_embedding_;  // s
  std::vector<double> mean_feature_;    // m
  RidgeInverse inverse_;                // of the rows sqrt(n_c) (s_c - s)'
  Matrix<double> targets_;              // [num_seen, feature_dim], sqrt(n_c) (m_c - m)'
};

}  // namespace dem
