// What a linear recipe learns.
#pragma once

#include <span>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

// y = weight x + bias.
struct RidgeMap {
  Matrix<double> weight;     // [output_dim, input_dim]
  std::vector<double> bias;  // [output_dim]

  // Of each row. rows [n, input_dim]; returns [n, output_dim]. Throws Error{kInternal} for another
  // width.
  [[nodiscard]] Matrix<double> apply(MatrixView<const double> rows) const;
};

// The map with this weight that takes `from` to `to`: bias = to - weight from.
[[nodiscard]] RidgeMap map_through(Matrix<double> weight,
                                   std::span<const double> from,
                                   std::span<const double> to);

}  // namespace dem
