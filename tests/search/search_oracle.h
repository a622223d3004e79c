// Nearest prototypes by definition, for tests to compare with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "dem/search/nearest_prototype.h"

namespace dem::test {

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

// The score of dem/model/prototypes.h in long double.
inline long double oracle_score(std::span<const float> x,
                                const PrototypesView& prototypes,
                                Index j,
                                Metric metric) {
  const std::span<const float> p = prototypes.rows.row(j);
  long double closeness = 0;
  if (metric == Metric::kDot) {
    for (std::size_t i = 0; i < x.size(); ++i) closeness += static_cast<long double>(x[i]) * p[i];
  } else if (metric == Metric::kEuclidean) {
    closeness = -oracle_distance(x, p, metric);
  } else {
    closeness = 1 - oracle_distance(x, p, metric);
  }
  return prototypes.scale_of(j) * closeness + prototypes.offset_of(j);
}

// All prototypes as (score, row), best first, equal scores by row.
inline std::vector<std::pair<long double, std::int32_t>> oracle_ranking(
    std::span<const float> x, const PrototypesView& prototypes, Metric metric) {
  std::vector<std::pair<long double, std::int32_t>> order;
  for (Index j = 0; j < prototypes.rows.rows(); ++j) {
    order.emplace_back(-oracle_score(x, prototypes, j, metric), static_cast<std::int32_t>(j));
  }
  std::sort(order.begin(), order.end());
  for (auto& [score, row] : order) score = -score;
  return order;
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

}  // namespace dem::test
