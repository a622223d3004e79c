// Random numbers for tests.
#pragma once

#include <span>

#include "base/rng.h"
#include "dem/linalg/matrix.h"

namespace dem::test {

// Fills with scale * N(0, 1).
inline void fill_normal(std::span<float> values, double scale, Rng& rng) {
  for (float& value : values) value = static_cast<float>(scale * rng.normal());
}

inline Matrix<float> normal_matrix(Index rows, Index cols, double scale, Rng& rng) {
  Matrix<float> matrix(rows, cols);
  fill_normal({matrix.data(), static_cast<std::size_t>(matrix.size())}, scale, rng);
  return matrix;
}

}  // namespace dem::test
