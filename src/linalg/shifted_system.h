// Systems of linear equations with a positive semidefinite matrix and a number on its diagonal, as
// a ridge penalty leaves them.
#pragma once

#include "linalg/cholesky.h"
#include "linalg/symmetric_eigen.h"

namespace dem {

// How many numbers will be tried. A system for one keeps the matrix and factors it in solve(), n^3
// / 3 operations; one for many computes its eigenvectors once, some 10 n^3, and solve() is two
// products.
enum class Shifts { kOne, kMany };

// (a + shift I) x = b in double precision.
class ShiftedSystem {
 public:
  // a [n, n], positive semidefinite; its lower triangle is read. Throws what symmetric_eigen()
  // throws.
  ShiftedSystem(Matrix<double> a, Shifts shifts);

  [[nodiscard]] Index size() const;
  // b [n, m] becomes x. Throws Error{kNumerical} where shift is negative or a + shift I is not
  // positive definite to rounding: its smallest eigenvalue (kMany) or pivot (kOne) is no more than
  // n epsilon times the largest eigenvalue or diagonal number of a. Both decide alike but for
  // shifts near that. Throws Error{kInternal} where shapes do not fit. May be called from several
  // threads.
  void solve(double shift, MatrixView<double> b) const;

 private:
  void solve_by_factor(double shift, MatrixView<double> b) const;
  void solve_by_eigenvectors(double shift, MatrixView<double> b) const;

  Shifts shifts_;
  Matrix<double> matrix_;  // kOne
  SymmetricEigen eigen_;   // kMany; no value is below 0
};

}  // namespace dem
