// Kernel maps of random numbers for tests.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "dem/model/kernel_map.h"
#include "support/random_matrix.h"

namespace dem::test {

inline Matrix<float> unit_matrix(Index rows, Index cols, Rng& rng) {
  Matrix<float> matrix = normal_matrix(rows, cols, 1.0, rng);
  for (Index i = 0; i < rows; ++i) {
    double norm = 0.0;
    for (const float value : matrix.row(i)) norm += double{value} * double{value};
    for (float& value : matrix.row(i)) value = static_cast<float>(double{value} / std::sqrt(norm));
  }
  return matrix;
}

inline Matrix<float> positive_matrix(Index rows, Index cols, Rng& rng) {
  Matrix<float> matrix(rows, cols);
  for (Index i = 0; i < matrix.size(); ++i) {
    matrix.data()[i] = static_cast<float>(0.5 + rng.uniform());
  }
  return matrix;
}

struct KernelMapSizes {
  Index dim = 6;      // of descriptions
  Index support = 9;  // "class 0", "class 1", ...
  Index coordinates = 4;
  Index features = 5;  // without those of a Gaussian term
};

inline HubTerm random_hub(const KernelMapSizes& sizes, Rng& rng) {
  return {0.3f,
          std::max<Index>(1, sizes.support / 3),
          unit_matrix(sizes.support, sizes.coordinates, rng)};
}

inline GaussianTerm random_gaussian(const KernelMapSizes& sizes, Rng& rng) {
  const auto [dim, support, q, features] = sizes;
  GaussianTerm term;
  term.weight = 0.15f;
  term.ridge = 0.7;
  term.unit_variance = 0.8;
  term.strength = 0.5;
  term.exponent = 1.5;
  term.root = normal_matrix(support, support, 0.2 / static_cast<double>(support), rng);
  const Matrix<float> residual = positive_matrix(1, q, rng);
  term.residual.assign(residual.data(), residual.data() + q);
  term.coefficients = normal_matrix(support, q, 0.4, rng);
  term.own_mean = normal_matrix(support, q, 1.0, rng);
  term.own_variance = positive_matrix(support, q, rng);
  return term;
}

inline KernelMap random_kernel_map(KernelKind kind, const KernelMapSizes& sizes, Rng& rng) {
  const auto [dim, support, q, features] = sizes;
  KernelMap map;
  map.input = {"attribute", dim};
  map.kernel.kind = kind;
  if (kind == KernelKind::kCentred) {
    for (Index d = 0; d < dim; ++d) map.kernel.centre.push_back(0.2 * rng.normal());
  }
  if (kind == KernelKind::kCentred || kind == KernelKind::kGaussian) map.kernel.scale = 0.75;
  for (Index s = 0; s < support; ++s) map.names.push_back("class " + std::to_string(s));
  map.support = unit_matrix(support, dim, rng);
  map.coefficients = normal_matrix(support, q, 0.5, rng);
  map.own = normal_matrix(support, q, 1.0, rng);
  map.basis = normal_matrix(q, features, 0.7, rng);
  return map;
}

// A map whose scores are a Gaussian term alone, with variances a coordinate.
inline KernelMap random_gaussian_map(KernelKind kind, const KernelMapSizes& sizes, Rng& rng) {
  KernelMap map = random_kernel_map(kind, sizes, rng);
  map.coefficients = Matrix<float>();
  map.own = Matrix<float>();
  map.basis = Matrix<float>(sizes.coordinates, 0);
  map.gaussian = random_gaussian(sizes, rng);
  map.gaussian->share = positive_matrix(sizes.support, sizes.coordinates, rng);
  map.gaussian->log_determinant = 1.0;
  return map;
}

}  // namespace dem::test
