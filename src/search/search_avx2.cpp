#include <immintrin.h>

#include "search/coarse_kernel.h"

namespace dem::detail {
namespace {

struct Avx2 {
  typedef std::int32_t Ints __attribute__((vector_size(32), aligned(4), may_alias));
  static constexpr long kWidth = 8, kRows = 4, kVectors = 2;

  static Ints add_products(Ints sums, Ints x, Ints y) {
    return sums + (Ints)_mm256_madd_epi16((__m256i)x, (__m256i)y);
  }
};

}  // namespace

void multiply_coarsely_avx2(const CoarsePanel& panel) {
  CoarseKernel<Avx2>::run(panel);
}

long find_within_avx2(const IntervalEnds& ends, long n, float threshold, std::int32_t* found) {
  const __m256 limit = _mm256_set1_ps(threshold), error = _mm256_set1_ps(ends.error);
  long count = 0;
  long j = 0;
  for (; j + 8 <= n; j += 8) {
    const auto load = [&](const float* from) { return _mm256_loadu_ps(from + j); };
    const __m256 low =
        (load(ends.at) - load(ends.products) * load(ends.scale)) - error * load(ends.reach);
    auto within = static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(low, limit, _CMP_NGT_UQ)));
    for (; within != 0; within &= within - 1) {
      found[count++] = static_cast<std::int32_t>(j + __builtin_ctz(within));
    }
  }
  for (; j < n; ++j) {
    const float low = (ends.at[j] - ends.products[j] * ends.scale[j]) - ends.error * ends.reach[j];
    found[count] = static_cast<std::int32_t>(j);
    count += low > threshold ? 0 : 1;
  }
  return count;
}

}  // namespace dem::detail
