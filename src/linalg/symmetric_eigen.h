// Eigenvalues and eigenvectors of symmetric matrices.
#pragma once

#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

// a = sum over k of values[k] v_k v_k', v_k the k-th row of `vectors`: a = V' diag(values) V.
struct SymmetricEigen {
  std::vector<double> values;  // [n], ascending
  Matrix<double> vectors;      // [n, n], orthonormal; row k belongs to values[k]. Signs are free.

  [[nodiscard]] Index size() const { return vectors.rows(); }
};

// Double precision, by LAPACK's dsyevd (divide and conquer) in the calling thread; some 10 n^3
// operations, and memory for three matrices of that size. a [n, n]: its lower triangle is read.
// Throws Error{kNumerical} where a is not finite or the method does not converge, Error{kInternal}
// where a is not square, Error{kInvalidArgument} where n is above 32,766, the most that LAPACK
// counts for.
[[nodiscard]] SymmetricEigen symmetric_eigen(Matrix<double> a);

// An eigenvalue of a positive semidefinite matrix that is no larger is zero but for rounding:
// n epsilon times the largest one, which is what forming the matrix and dsyevd are wrong by.
[[nodiscard]] double zero_threshold(const SymmetricEigen& eigen);

}  // namespace dem
