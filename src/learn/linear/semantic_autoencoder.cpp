#include "learn/linear/semantic_autoencoder.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/blas.h"

namespace dem {
namespace {

Matrix<double> multiplied(Transpose transpose_a,
                          Transpose transpose_b,
                          const Matrix<double>& a,
                          const Matrix<double>& b) {
  Matrix<double> product(transpose_a == Transpose::kYes ? a.cols() : a.rows(),
                         transpose_b == Transpose::kYes ? b.rows() : b.cols());
  gemm(transpose_a, transpose_b, 1.0, a, b, 0.0, product);
  return product;
}

}  // namespace

SemanticAutoencoder::SemanticAutoencoder(MatrixView<const double> class_embeddings,
                                         const ClassStatistics& statistics) {
  constexpr auto kAsIs = Transpose::kNo;
  constexpr auto kTurned = Transpose::kYes;
  const SeenClasses seen = seen_classes(class_embeddings, statistics);
  const Index width = std::max(seen.embeddings.cols(), seen.means.cols());
  const std::vector<double> origin(at(width));
  const Matrix<double> d = weighted_rows(seen.counts, seen.embeddings, origin);
  const Matrix<double> t = weighted_rows(seen.counts, seen.means, origin);
  features_ = symmetric_eigen(scatter_about(origin, seen, statistics));
  const Matrix<double> t_rotated = multiplied(kAsIs, kTurned, t, features_.vectors);
  if (d.rows() < d.cols()) {
    semantics_ = symmetric_eigen(multiplied(kAsIs, kTurned, d, d));
    rotated_ = multiplied(kAsIs, kAsIs, semantics_.vectors, t_rotated);
    basis_ = multiplied(kTurned, kTurned, d, semantics_.vectors);
    return;
  }
  semantics_ = symmetric_eigen(multiplied(kTurned, kAsIs, d, d));
  basis_ = Matrix<double>(d.cols(), d.cols());
  for (Index i = 0; i < basis_.rows(); ++i) {
    for (Index k = 0; k < basis_.cols(); ++k) basis_(i, k) = semantics_.vectors(k, i);
  }
  rotated_ =
      multiplied(kTurned, kAsIs, multiplied(kAsIs, kTurned, d, semantics_.vectors), t_rotated);
}

Matrix<double> SemanticAutoencoder::solve(double lambda) const {
  if (!(lambda > 0.0 && std::isfinite(lambda))) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("semantic autoencoder: expected a positive lambda, got ", lambda));
  }
  const double least_semantics = zero_threshold(semantics_);
  const double least_features = zero_threshold(features_);
  Matrix<double> quotients(rotated_.rows(), rotated_.cols());
  for (Index i = 0; i < quotients.rows(); ++i) {
    const double p = semantics_.values[at(i)];
    for (Index j = 0; j < quotients.cols(); ++j) {
      const double q = features_.values[at(j)];
      if (p <= least_semantics || q <= least_features) continue;
      quotients(i, j) = (1.0 + lambda) * rotated_(i, j) / (p + lambda * q);
    }
  }
  const Matrix<double> turned = multiplied(Transpose::kNo, Transpose::kNo, basis_, quotients);
  return multiplied(Transpose::kNo, Transpose::kNo, turned, features_.vectors);
}

}  // namespace dem
