// Class descriptions as recipe `dem` feeds its network.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

// A description u of unit length goes in as z = B' (u - centre) / radius: centre and radius are the
// mean of the seen classes' descriptions and their root mean squared distance from it, so that
// neither scale nor shift of the descriptions matter; the columns of B [a, k] are an orthonormal
// basis of what the seen classes span about their mean. What is beside it no seen class says
// anything about: weights on it would stay random, or go to zero under the penalty.
struct NetworkInputs {
  // unit_rows [num_classes, a]; seen: classes with images, at least one.
  NetworkInputs(MatrixView<const double> unit_rows, std::span<const Index> seen);

  std::vector<double> centre;  // [a]
  double radius = 1.0;
  std::optional<Matrix<double>> basis;  // [a, k], k >= 1; none: all a dimensions, B = I
  Matrix<float> rows;                   // z [num_classes, k]

  [[nodiscard]] Index dim() const { return rows.cols(); }
};

}  // namespace dem
