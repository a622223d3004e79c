// Sums of outer products, of which one triangle is computed.
#pragma once

#include "dem/linalg/matrix.h"

namespace dem {

// sum += factor * rows' rows in the upper triangle; `rows` [n, d], `sum` [d, d]. What stands below
// the diagonal afterwards means nothing until mirror().
void add_outer_products(double factor, MatrixView<const double> rows, MatrixView<double> sum);

// Copies the upper triangle to the lower.
void mirror(MatrixView<double> square);

}  // namespace dem
