// Whether settings are better than others by more than chance.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "dem/base/types.h"

namespace dem {

using FoldValues = std::vector<double>;  // one a fold

[[nodiscard]] inline double mean_of(const FoldValues& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// How many standard errors a gain must have: few classes are a rough measure.
[[nodiscard]] inline double standard_errors_wanted(Index num_seen_classes) {
  return num_seen_classes < 20 ? 2.0 : num_seen_classes < 100 ? 1.0 : 0.0;
}

// The same for recipe auto and for space weights: settled on reference folds
// (docs/decisions/0017-auto-settled-on-reference-folds.md).
[[nodiscard]] inline double standard_errors_of_auto(Index num_seen_classes) {
  return num_seen_classes < 20 ? 2.0 : 0.0;
}

// Whether the mean gain is clear of what folds differ by.
[[nodiscard]] inline bool is_clearly_better(const FoldValues& ours,
                                            const FoldValues& theirs,
                                            double standard_errors) {
  constexpr double kIndependentFolds = 4.0;  // repeats are no new evidence
  FoldValues gains;
  for (std::size_t i = 0; i < ours.size(); ++i) gains.push_back(ours[i] - theirs[i]);
  const double mean = mean_of(gains);
  double squared = 0.0;
  for (const double gain : gains) squared += (gain - mean) * (gain - mean);
  const auto count = static_cast<double>(gains.size());
  const double deviation = std::sqrt(squared / count);
  return mean > standard_errors * deviation / std::sqrt(std::min(kIndependentFolds, count));
}

}  // namespace dem
