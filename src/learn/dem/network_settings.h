// What recipe `dem` chooses or is given.
#pragma once

#include <string_view>

#include "dem/base/types.h"
#include "dem/model/comparison.h"

namespace dem {

// Where prototypes are learned and compared with images.
enum class SpaceKind {
  kPlain,     // features as scaled
  kWhitened,  // divided by the root of their covariance within classes, shrunk towards a sphere
};
[[nodiscard]] std::string_view to_string(SpaceKind space) noexcept;  // "plain", "whitened"
[[nodiscard]] SpaceKind space_kind_from_string(std::string_view name);

struct NetworkSettings {
  SpaceKind space = SpaceKind::kWhitened;
  double shrinkage = 0.6;  // of kWhitened
  Metric comparison = Metric::kCosine;
  Index hidden_dim = 0;  // 0: no hidden layer
  // Of sum_c n_c / mean(n) |f_c - m_c|^2 + lambda (sum of the squares of all weights and biases).
  double lambda = 0.3;
  Index iterations = 0;      // of L-BFGS, from the best output layer for a random hidden layer
  bool output_relu = false;  // prototypes are never negative; of kPlain
};

}  // namespace dem
