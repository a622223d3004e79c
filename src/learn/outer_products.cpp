#include "learn/outer_products.h"

#include <algorithm>

#include "linalg/blas.h"

namespace dem {
namespace {

constexpr Index kStrip = 256;  // rows of `sum` that one product fills, from the diagonal on

}  // namespace

void add_outer_products(double factor, MatrixView<const double> rows, MatrixView<double> sum) {
  const Index dim = sum.rows();
  for (Index first = 0; first < dim; first += kStrip) {
    const Index count = std::min(kStrip, dim - first);
    const MatrixView<const double> left(rows.data() + first, rows.rows(), count, rows.stride());
    const MatrixView<const double> right(
        rows.data() + first, rows.rows(), dim - first, rows.stride());
    const MatrixView<double> strip(&sum(first, first), count, dim - first, sum.stride());
    gemm(Transpose::kYes, Transpose::kNo, factor, left, right, 1.0, strip);
  }
}

void mirror(MatrixView<double> square) {
  for (Index i = 0; i < square.rows(); ++i) {
    for (Index j = 0; j < i; ++j) square(i, j) = square(j, i);
  }
}

}  // namespace dem
