// Systems of linear equations with a symmetric positive definite matrix.
#pragma once

#include <optional>

#include "dem/linalg/matrix.h"

namespace dem {

// Cholesky's factor of a matrix, for right sides that come later or one after another. Double
// precision, by LAPACK's dpotrf and triangular systems. solve() may be called from several threads.
class Cholesky {
 public:
  // a [n, n], of which the lower triangle is read. Nothing where it is not positive definite to
  // rounding, or not finite. Throws Error{kInternal} where it is not square.
  [[nodiscard]] static std::optional<Cholesky> factor(Matrix<double> a);

  [[nodiscard]] Index size() const { return factor_.rows(); }
  // The smallest square of the factor's diagonal: what is left of a diagonal number of `a` when the
  // rows above are taken out, never less than the smallest eigenvalue. Infinity for no rows.
  [[nodiscard]] double smallest_pivot() const;
  // b [n, m] becomes x of a x = b. Throws Error{kInternal} where shapes do not fit.
  void solve(MatrixView<double> b) const;

 private:
  explicit Cholesky(Matrix<double> factor) : factor_(std::move(factor)) {}
  Matrix<double> factor_;  // [n, n], the lower triangle
};

// The same for one right side. a [n, n]: its lower triangle is read, and overwritten by the factor;
// b [n, m] becomes x. False, with b as it was, where a has no factor. Throws Error{kInternal} where
// shapes do not fit.
[[nodiscard]] bool solve_positive_definite(MatrixView<double> a, MatrixView<double> b);

}  // namespace dem
