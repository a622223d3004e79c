// What rows span.
#pragma once

#include "dem/linalg/matrix.h"

namespace dem {

// Of rows [n, a] with n <= a an orthonormal basis of their span [a, k], k >= 1: directions below
// 1e-9 of the largest eigenvalue are rounding, and where all rows are zero any axis does.
[[nodiscard]] Matrix<double> span_of(MatrixView<const double> rows);

}  // namespace dem
