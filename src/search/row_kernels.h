// Loops over one row of float32 numbers, in the processor's widest vectors.
#pragma once

#include <cstdint>
#include <span>

#include "dem/base/types.h"
#include "search/search_kernels.h"

namespace dem {

struct RowMagnitude {
  float squared_sum = 0.0f;  // in float32; each square is in at most size / 64 + 7 additions
  float largest = 0.0f;      // of the magnitudes; NaN counts as nothing
};
[[nodiscard]] RowMagnitude magnitude_of(std::span<const float> row);

// A float32 sum of products, in some order.
[[nodiscard]] float float_dot(std::span<const float> a, std::span<const float> b);

// out[i] = row[i] / step rounded to a whole number, which is below 2^15 in magnitude. Returns the
// squared norm of row - step * out, in float32 as above.
[[nodiscard]] float round_to_int16(std::span<const float> row, float step, std::int16_t* out);

// A number that is at least k of n upper ends, and little more than the k-th smallest; infinity at
// worst. NaN counts as nothing. 1 <= k <= 32.
[[nodiscard]] float kth_high_end(const detail::IntervalEnds& ends, Index n, Index k);

}  // namespace dem
