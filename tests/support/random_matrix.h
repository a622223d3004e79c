// Random numbers for tests.
#pragma once

#include <algorithm>
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

// The same in double precision.
inline Matrix<double> normal_doubles(Index rows, Index cols, Rng& rng) {
  const Matrix<float> random = normal_matrix(rows, cols, 1.0, rng);
  Matrix<double> matrix(rows, cols);
  std::copy_n(random.data(), random.size(), matrix.data());
  return matrix;
}

// g' g in plain loops, positive semidefinite and of the rank of g. [g.cols(), g.cols()]
inline Matrix<double> naive_gram(const Matrix<double>& g) {
  Matrix<double> gram(g.cols(), g.cols());
  for (Index i = 0; i < gram.rows(); ++i) {
    for (Index j = 0; j < gram.cols(); ++j) {
      for (Index k = 0; k < g.rows(); ++k) gram(i, j) += g(k, i) * g(k, j);
    }
  }
  return gram;
}

}  // namespace dem::test
