// Least squares with a ridge penalty, in as few unknowns as there are.
#pragma once

#include "linalg/shifted_system.h"

namespace dem {

// The W that minimises |D W - T|^2 + lambda |W|^2 for a matrix D and many T and lambda. With D
// [rows, cols] it is
//   W = (D'D + lambda I)^-1 D' T = D' (D D' + lambda I)^-1 T,
// equal since D' (D D' + lambda I) = (D'D + lambda I) D'. So the system has as many unknowns as D
// has rows or columns, whichever are fewer.
class RidgeInverse {
 public:
  // Throws what ShiftedSystem's constructor throws.
  RidgeInverse(Matrix<double> d, Shifts shifts);

  // W', one column of T a row. t [rows, m]; returns [m, cols]. lambda is not negative. Throws
  // Error{kNumerical} where it does not outweigh rounding.
  [[nodiscard]] Matrix<double> solve(double lambda, MatrixView<const double> t) const;

 private:
  Matrix<double> d_;
  ShiftedSystem system_;
};

}  // namespace dem
