// How near something is to the nearest of many.
#pragma once

#include <algorithm>
#include <functional>
#include <span>

#include "base/at.h"
#include "dem/base/types.h"

namespace dem {

inline constexpr Index kNoneLeftOut = -1;

// The mean of the `count` largest values, fewer where fewer are there, but for the one at
// `left_out`, if that is a place; 0 of none. Reorders them.
[[nodiscard]] inline double mean_of_largest(std::span<float> values, Index left_out, Index count) {
  if (left_out != kNoneLeftOut) {
    std::swap(values[at(left_out)], values.back());
    values = values.first(values.size() - 1);
  }
  const std::size_t taken = std::min(at(count), values.size());
  if (taken == 0) return 0.0;
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(taken);
  std::partial_sort(values.begin(), end, values.end(), std::greater<>());
  double sum = 0.0;
  for (const float value : values.first(taken)) sum += double{value};
  return sum / static_cast<double>(taken);
}

}  // namespace dem
