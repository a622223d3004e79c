#include "eval/row_kernels.h"

#include <bit>
#include <limits>

#include "base/simd.h"

namespace dem {
namespace {

constexpr Index kLanes = 64;

// Sum of the lanes, in double.
double total(const float (&lanes)[kLanes]) {
  double sum = 0.0;
  for (const float lane : lanes) sum += static_cast<double>(lane);
  return sum;
}

}  // namespace

RowMagnitude magnitude_of(std::span<const float> row) {
  float sums[kLanes] = {};
  float most[kLanes] = {};
  vectorised([x = row.data(), n = static_cast<Index>(row.size()), &sums, &most]() DEM_KERNEL {
    float sum[kLanes] = {};
    float largest[kLanes] = {};
    const auto take = [&](Index lane, float value) {
      sum[lane] += value * value;
      const float magnitude = value < 0.0f ? -value : value;
      largest[lane] = magnitude > largest[lane] ? magnitude : largest[lane];
    };
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (Index l = 0; l < kLanes; ++l) take(l, x[i + l]);
    }
    for (Index l = 0; i + l < n; ++l) take(l, x[i + l]);
    for (Index l = 0; l < kLanes; ++l) {
      sums[l] = sum[l];
      most[l] = largest[l];
    }
  });
  RowMagnitude magnitude{total(sums), 0.0f};
  for (const float value : most) {
    magnitude.largest = value > magnitude.largest ? value : magnitude.largest;
  }
  return magnitude;
}

float float_dot(std::span<const float> a, std::span<const float> b) {
  float sums[kLanes] = {};
  vectorised([x = a.data(), y = b.data(), n = static_cast<Index>(a.size()), &sums]() DEM_KERNEL {
    float sum[kLanes] = {};
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (Index l = 0; l < kLanes; ++l) sum[l] += x[i + l] * y[i + l];
    }
    for (Index l = 0; i + l < n; ++l) sum[l] += x[i + l] * y[i + l];
    for (Index half = kLanes / 2; half > 0; half /= 2) {
      for (Index l = 0; l < half; ++l) sum[l] += sum[l + half];
    }
    sums[0] = sum[0];
  });
  return sums[0];
}

void round_to_int16(std::span<const float> row, float factor, std::int16_t* out) {
  vectorised([x = row.data(), n = static_cast<Index>(row.size()), factor, out]() DEM_KERNEL {
    // In this range float32 has whole numbers only: the addition rounds, and the number stands in
    // the low bits.
    constexpr float kWhole = 0x1.8p23f;
    for (Index i = 0; i < n; ++i) {
      out[i] = static_cast<std::int16_t>(std::bit_cast<std::int32_t>(x[i] * factor + kWhole));
    }
  });
}

void smallest_high_ends(const HighEnds& ends, Index n, float* minima) {
  vectorised([ends, n, minima]() DEM_KERNEL {
    const float *high = ends.high, *scale = ends.scale, *reach = ends.reach, *g = ends.products;
    float least[kMinima];
    for (float& value : least) value = std::numeric_limits<float>::infinity();
    const auto take = [&](Index lane, Index j) {
      const float end = (high[j] - g[j] * scale[j]) + ends.error * reach[j];
      least[lane] = end < least[lane] ? end : least[lane];
    };
    Index j = 0;
    for (; j + kMinima <= n; j += kMinima) {
      for (Index l = 0; l < kMinima; ++l) take(l, j + l);
    }
    for (Index l = 0; j + l < n; ++l) take(l, j + l);
    for (Index l = 0; l < kMinima; ++l) minima[l] = least[l];
  });
}

}  // namespace dem
