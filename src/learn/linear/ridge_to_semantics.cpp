#include "learn/linear/ridge_to_semantics.h"

#include "linalg/blas.h"

namespace dem {

RidgeToSemantics::RidgeToSemantics(MatrixView<const double> class_embeddings,
                                   const ClassStatistics& statistics,
                                   Shifts lambdas)
    : RidgeToSemantics(seen_classes(class_embeddings, statistics), statistics, lambdas) {}

RidgeToSemantics::RidgeToSemantics(const SeenClasses& seen,
                                   const ClassStatistics& statistics,
                                   Shifts lambdas)
    : mean_feature_(mean_over_images(seen.counts, seen.means)),
      mean_embedding_(mean_over_images(seen.counts, seen.embeddings)),
      scatter_(scatter_about(mean_feature_, seen, statistics), lambdas),
      products_(seen.means.cols(), seen.embeddings.cols()) {
  gemm(Transpose::kYes,
       Transpose::kNo,
       1.0,
       weighted_rows(seen.counts, seen.means, mean_feature_),
       weighted_rows(seen.counts, seen.embeddings, mean_embedding_),
       0.0,
       products_);
}

RidgeMap RidgeToSemantics::solve(double lambda) const {
  Matrix<double> solution = products_.clone();
  scatter_.solve(lambda, solution);
  Matrix<double> weight(solution.cols(), solution.rows());
  for (Index i = 0; i < weight.rows(); ++i) {
    for (Index j = 0; j < weight.cols(); ++j) weight(i, j) = solution(j, i);
  }
  return map_through(std::move(weight), mean_feature_, mean_embedding_);
}

}  // namespace dem
