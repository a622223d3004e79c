// Offsets of classes' scores.
#pragma once

#include <vector>

namespace dem {

// `offsets` [num_classes], or 0 each where they are empty, less gamma for seen classes.
[[nodiscard]] inline std::vector<float> less_gamma(std::vector<float> offsets,
                                                   const std::vector<bool>& seen,
                                                   float gamma) {
  offsets.resize(seen.size(), 0.0f);
  for (std::size_t c = 0; c < seen.size(); ++c) offsets[c] -= seen[c] ? gamma : 0.0f;
  return offsets;
}

}  // namespace dem
