// Nearest prototypes by definition, for tests to compare with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "dem/search/nearest_prototype.h"

namespace dem::testing {

// Squared Euclidean or cosine distance, one plain loop in long double (64 bits of precision).
inline long double oracle_distance(std::span<const float> x,
                                   std::span<const float> p,
                                   Metric metric) {
  long double distance = 0;
  long double product = 0;
  long double x_norm = 0;
  long double p_norm = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double a = x[i];
    const long double b = p[i];
    distance += (a - b) * (a - b);
    product += a * b;
    x_norm += a * a;
    p_norm += b * b;
  }
  if (metric == Metric::kEuclidean) return distance;
  if (x_norm == 0 || p_norm == 0) return 1;
  return 1 - product / (std::sqrt(x_norm) * std::sqrt(p_norm));
}

// All prototypes as (distance, row), nearest first, equal distances by row.
inline std::vector<std::pair<long double, std::int32_t>> oracle_order(
    std::span<const float> x, MatrixView<const float> prototypes, Metric metric) {
  std::vector<std::pair<long double, std::int32_t>> order;
  for (Index j = 0; j < prototypes.rows(); ++j) {
    order.emplace_back(oracle_distance(x, prototypes.row(j), metric), static_cast<std::int32_t>(j));
  }
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace dem::testing
