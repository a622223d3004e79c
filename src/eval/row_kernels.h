// Loops over one row of float32 numbers, in the processor's widest vectors.
#pragma once

#include <cstdint>
#include <span>

#include "dem/base/types.h"

namespace dem {

struct RowMagnitude {
  double squared_sum = 0.0;  // of float32 partial sums, each of at most size / 64 + 1 squares
  float largest = 0.0f;      // of the magnitudes; NaN counts as nothing
};
[[nodiscard]] RowMagnitude magnitude_of(std::span<const float> x);

// A float32 sum of products, in some order.
[[nodiscard]] float float_dot(std::span<const float> x, std::span<const float> y);

// out[i] = x[i] * factor rounded to the nearest whole number, which is below 2^15 in magnitude.
void round_to_int16(std::span<const float> x, float factor, std::int16_t* out);

// For products g with n prototypes: the smallest (high[j] - g[j] scale[j]) + error reach[j] of
// those with j = l modulo kMinima, for each l. NaN counts as nothing.
inline constexpr Index kMinima = 64;
struct HighEnds {
  const float* high;
  const float* scale;
  const float* reach;
  const float* products;
  float error;
};
void smallest_high_ends(const HighEnds& ends, Index n, float* minima);

}  // namespace dem
