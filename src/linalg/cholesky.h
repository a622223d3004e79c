// Systems of linear equations with a symmetric positive definite matrix.
#pragma once

#include "dem/linalg/matrix.h"

namespace dem {

// Solves a x = b in double precision by Cholesky's factors (LAPACK's dpotrf, then triangular
// systems). a [n, n]: its lower triangle is read, and overwritten by the factor; b [n, m] becomes
// x. False, with b as it was, where a is not positive definite to rounding. Throws
// Error{kInternal} where shapes do not fit.
[[nodiscard]] bool solve_positive_definite(MatrixView<double> a, MatrixView<double> b);

}  // namespace dem
