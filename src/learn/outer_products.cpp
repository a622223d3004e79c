// The sum of x x^T over the rows x of X [n, d] is the product X^T X [d, d]. It is symmetric:
// element (i, j) and element (j, i) are the same sum of x_i x_j. So the upper triangle says all,
// and the other half of the multiplications would be for nothing. Several sums may be added before
// one mirror() fills the rest.
//
// A product fills rectangles, not triangles. So the triangle is cut into strips of s rows; the
// strip that begins at row f takes the columns of X from f on:
//   sum[f .. f+s, f .. d] += factor * X[:, f .. f+s]^T X[:, f .. d]
// Of what lies below the diagonal it computes half a square of s x s, and nothing left of that. All
// strips together are (1 + s / d) / 2 of the whole product, 56 % for d = 2048. Narrower strips
// would waste less at the diagonal, but a BLAS is slow on products that thin.
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
