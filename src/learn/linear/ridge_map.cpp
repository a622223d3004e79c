#include "learn/linear/ridge_map.h"

#include <algorithm>

#include "base/at.h"
#include "linalg/blas.h"

namespace dem {

Matrix<double> RidgeMap::apply(MatrixView<const double> rows) const {
  Matrix<double> result(rows.rows(), weight.rows());
  for (Index r = 0; r < result.rows(); ++r) {
    std::copy(bias.begin(), bias.end(), result.row(r).begin());
  }
  gemm(Transpose::kNo, Transpose::kYes, 1.0, rows, weight, 1.0, result);
  return result;
}

RidgeMap map_through(Matrix<double> weight,
                     std::span<const double> from,
                     std::span<const double> to) {
  std::vector<double> bias(to.begin(), to.end());
  for (Index i = 0; i < weight.rows(); ++i) {
    for (Index k = 0; k < weight.cols(); ++k) bias[at(i)] -= weight(i, k) * from[at(k)];
  }
  return {std::move(weight), std::move(bias)};
}

}  // namespace dem
