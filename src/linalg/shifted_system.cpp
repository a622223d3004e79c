#include "linalg/shifted_system.h"

#include <algorithm>
#include <limits>

#include "base/at.h"
#include "base/check.h"
#include "base/text.h"
#include "linalg/blas.h"

namespace dem {
namespace {

[[noreturn]] void refuse_shift(double shift) {
  throw Error(ErrorKind::kNumerical,
              concat("linear system: expected a regulariser that outweighs rounding, got ", shift));
}

// As zero_threshold(), from the diagonal: a pivot that is no larger is rounding. The largest
// eigenvalue is at least the largest number of the diagonal, and n times it at most.
double zero_pivot(const Matrix<double>& a) {
  double largest = 0.0;
  for (Index i = 0; i < a.rows(); ++i) largest = std::max(largest, a(i, i));
  return static_cast<double>(a.rows()) * std::numeric_limits<double>::epsilon() * largest;
}

}  // namespace

ShiftedSystem::ShiftedSystem(Matrix<double> a, Shifts shifts) : shifts_(shifts) {
  DEM_CHECK_EQ(a.rows(), a.cols());
  if (shifts == Shifts::kOne) {
    matrix_ = std::move(a);
    return;
  }
  eigen_ = symmetric_eigen(std::move(a));
  for (double& value : eigen_.values) value = std::max(value, 0.0);
}

Index ShiftedSystem::size() const {
  return shifts_ == Shifts::kOne ? matrix_.rows() : eigen_.size();
}

void ShiftedSystem::solve(double shift, MatrixView<double> b) const {
  DEM_CHECK_EQ(b.rows(), size());
  if (!(shift >= 0.0)) refuse_shift(shift);
  if (shifts_ == Shifts::kOne) {
    solve_by_factor(shift, b);
  } else {
    solve_by_eigenvectors(shift, b);
  }
}

void ShiftedSystem::solve_by_factor(double shift, MatrixView<double> b) const {
  Matrix<double> shifted = matrix_.clone();
  for (Index i = 0; i < shifted.rows(); ++i) shifted(i, i) += shift;
  const auto factor = Cholesky::factor(std::move(shifted));
  // LAPACK takes any positive pivot, rounding too.
  if (!factor || !(factor->smallest_pivot() > zero_pivot(matrix_))) refuse_shift(shift);
  factor->solve(b);
}

// x = V' (values + shift)^-1 V b
void ShiftedSystem::solve_by_eigenvectors(double shift, MatrixView<double> b) const {
  if (b.empty()) return;
  if (!(eigen_.values.front() + shift > zero_threshold(eigen_))) refuse_shift(shift);
  Matrix<double> rotated(b.rows(), b.cols());
  gemm(Transpose::kNo, Transpose::kNo, 1.0, eigen_.vectors, b, 0.0, rotated);
  for (Index k = 0; k < rotated.rows(); ++k) {
    for (double& value : rotated.row(k)) value /= eigen_.values[at(k)] + shift;
  }
  gemm(Transpose::kYes, Transpose::kNo, 1.0, eigen_.vectors, rotated, 0.0, b);
}

}  // namespace dem
