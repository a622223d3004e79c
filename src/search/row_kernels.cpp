#include "search/row_kernels.h"

#include <bit>
#include <limits>

#include "base/simd.h"

namespace dem {
namespace {

constexpr Index kLanes = 64;

// Adds the lanes up, into the first.
DEM_KERNEL inline void fold(float (&lanes)[kLanes]) {
  for (Index half = kLanes / 2; half > 0; half /= 2) {
    for (Index l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
}

}  // namespace

RowMagnitude magnitude_of(std::span<const float> row) {
  RowMagnitude magnitude;
  vectorised([x = row.data(), n = static_cast<Index>(row.size()), &magnitude]() DEM_KERNEL {
    float sum[kLanes] = {};
    float largest[kLanes] = {};
    const auto take = [&](Index lane, float value) {
      sum[lane] += value * value;
      const float size = value < 0.0f ? -value : value;
      largest[lane] = size > largest[lane] ? size : largest[lane];
    };
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (Index l = 0; l < kLanes; ++l) take(l, x[i + l]);
    }
    for (Index l = 0; i + l < n; ++l) take(l, x[i + l]);
    fold(sum);
    for (Index half = kLanes / 2; half > 0; half /= 2) {
      for (Index l = 0; l < half; ++l) {
        largest[l] = largest[l + half] > largest[l] ? largest[l + half] : largest[l];
      }
    }
    magnitude = {sum[0], largest[0]};
  });
  return magnitude;
}

float float_dot(std::span<const float> a, std::span<const float> b) {
  float product = 0.0f;
  vectorised([x = a.data(), y = b.data(), n = static_cast<Index>(a.size()), &product]() DEM_KERNEL {
    float sum[kLanes] = {};
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (Index l = 0; l < kLanes; ++l) sum[l] += x[i + l] * y[i + l];
    }
    for (Index l = 0; i + l < n; ++l) sum[l] += x[i + l] * y[i + l];
    fold(sum);
    product = sum[0];
  });
  return product;
}

float round_to_int16(std::span<const float> row, float step, std::int16_t* out) {
  float squared = 0.0f;
  vectorised([x = row.data(), n = static_cast<Index>(row.size()), step, out, &squared]()
                 DEM_KERNEL {
                   const float factor = step > 0.0f ? 1.0f / step : 0.0f;
                   // In this range float32 has whole numbers only: the addition rounds, and the
                   // number stands in the low bits.
                   constexpr float kWhole = 0x1.8p23f;
                   float sum[kLanes] = {};
                   const auto take = [&](Index lane, Index i) {
                     const float shifted = x[i] * factor + kWhole;
                     out[i] = static_cast<std::int16_t>(std::bit_cast<std::int32_t>(shifted));
                     const float rest = x[i] - (shifted - kWhole) * step;
                     sum[lane] += rest * rest;
                   };
                   Index i = 0;
                   for (; i + kLanes <= n; i += kLanes) {
                     for (Index l = 0; l < kLanes; ++l) take(l, i + l);
                   }
                   for (Index l = 0; i + l < n; ++l) take(l, i + l);
                   fold(sum);
                   squared = sum[0];
                 });
  return squared;
}

float kth_high_end(const detail::IntervalEnds& ends, Index n, Index k) {
  float found = 0.0f;
  vectorised([ends, n, k, &found]() DEM_KERNEL {
    const float *high = ends.at, *scale = ends.scale, *reach = ends.reach, *g = ends.products;
    // The least of those with j = l modulo kLanes, for each l: the k-th smallest of these few.
    float least[kLanes];
    for (float& value : least) value = std::numeric_limits<float>::infinity();
    const auto take = [&](Index lane, Index j) {
      const float end = (high[j] - g[j] * scale[j]) + ends.error * reach[j];
      least[lane] = end < least[lane] ? end : least[lane];
    };
    Index j = 0;
    for (; j + kLanes <= n; j += kLanes) {
      for (Index l = 0; l < kLanes; ++l) take(l, j + l);
    }
    for (Index l = 0; j + l < n; ++l) take(l, j + l);
    float below = least[0], above = least[0];
    for (const float value : least) {
      below = value < below ? value : below;
      above = value > above ? value : above;
    }
    if (k == 1) above = below;
    constexpr int kHalvings = 10;
    for (int i = 0; i < kHalvings && below < above; ++i) {
      const float middle = below + (above - below) * 0.5f;
      int count = 0;
      for (const float value : least) count += value <= middle ? 1 : 0;
      (count >= k ? above : below) = middle;
    }
    found = above;
  });
  return found;
}

}  // namespace dem
