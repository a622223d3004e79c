// Ridge regression from features to class embeddings.
#pragma once

#include "learn/linear/ridge_map.h"
#include "learn/linear/seen_classes.h"
#include "linalg/shifted_system.h"

namespace dem {

// Over training images x of classes c with embeddings s_c,
//   minimise over V, b:  sum |V x + b - s_c|^2 + lambda |V|^2,
// the intercept b without penalty: it takes the images' mean feature m to their mean embedding s.
// The normal equations are
//   (sum over images of (x - m)(x - m)' + lambda I) V' = sum over c of n_c (m_c - m)(s_c - s)',
// in feature_dim unknowns.
class RidgeToSemantics {
 public:
  // class_embeddings [num_classes, embedding_dim]; statistics with second moments. Throws what
  // seen_classes(), scatter_about() and ShiftedSystem's constructor throw.
  RidgeToSemantics(MatrixView<const double> class_embeddings,
                   const ClassStatistics& statistics,
                   Shifts lambdas);

  // weight V [embedding_dim, feature_dim], bias b [embedding_dim]. lambda is not negative. Throws
  // Error{kNumerical} where it does not outweigh rounding.
  [[nodiscard]] RidgeMap solve(double lambda) const;

  // m [feature_dim] and s [embedding_dim]: weight (x - m) + s is the same map.
  [[nodiscard]] const std::vector<double>& mean_feature() const { return mean_feature_; }
  [[nodiscard]] const std::vector<double>& mean_embedding() const { return mean_embedding_; }

 private:
  RidgeToSemantics(const SeenClasses& seen, const ClassStatistics& statistics, Shifts lambdas);

  std::vector<double> mean_feature_;    // m
  std::vector<double> mean_embedding_;  // s
  ShiftedSystem scatter_;               // of all images about m
  Matrix<double> products_;             // [feature_dim, embedding_dim], the right side
};

}  // namespace dem
