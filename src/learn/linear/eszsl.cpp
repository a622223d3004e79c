#include "learn/linear/eszsl.h"

#include "base/at.h"
#include "linalg/blas.h"

namespace dem {
namespace {

// X'Y. [feature_dim, num_seen]
Matrix<double> signed_sums(const SeenClasses& seen, std::span<const double> centre) {
  Matrix<double> products(seen.means.cols(), seen.size());
  for (Index j = 0; j < products.rows(); ++j) {
    double total = 0.0;
    for (Index c = 0; c < seen.size(); ++c) {
      const double sum = seen.counts[at(c)] * (seen.means(c, j) - centre[at(j)]);
      products(j, c) = 2.0 * sum;
      total += sum;
    }
    for (double& product : products.row(j)) product -= total;
  }
  return products;
}

std::vector<double> centre_for(LabelCoding coding, const SeenClasses& seen) {
  if (coding == LabelCoding::kCentered) return mean_over_images(seen.counts, seen.means);
  return std::vector<double>(at(seen.means.cols()));
}

}  // namespace

Eszsl::Eszsl(MatrixView<const double> class_embeddings,
             const ClassStatistics& statistics,
             LabelCoding coding,
             Shifts regularisers)
    : Eszsl(seen_classes(class_embeddings, statistics), statistics, coding, regularisers) {}

Eszsl::Eszsl(const SeenClasses& seen,
             const ClassStatistics& statistics,
             LabelCoding coding,
             Shifts regularisers)
    : centre_(centre_for(coding, seen)),
      scatter_(scatter_about(centre_, seen, statistics), regularisers),
      products_(signed_sums(seen, centre_)),
      embeddings_(seen.embeddings.clone(), regularisers) {}

Matrix<double> Eszsl::left_factor(double gamma) const {
  Matrix<double> left = products_.clone();
  scatter_.solve(gamma, left);
  return left;
}

BilinearScore Eszsl::solve(MatrixView<const double> left, double lambda) const {
  Matrix<double> identity(left.cols(), left.cols());
  for (Index c = 0; c < identity.rows(); ++c) identity(c, c) = 1.0;
  const Matrix<double> right = embeddings_.solve(lambda, identity);  // S (S'S + lambda I)^-1
  Matrix<double> weight(left.rows(), right.cols());
  gemm(Transpose::kNo, Transpose::kNo, 1.0, left, right, 0.0, weight);
  return {std::move(weight), centre_};
}

}  // namespace dem
