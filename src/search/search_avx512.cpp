#include <immintrin.h>

#include "search/coarse_kernel.h"

namespace dem::detail {
namespace {

struct Avx512 {
  typedef std::int32_t Ints __attribute__((vector_size(64), aligned(4), may_alias));
  static constexpr long kWidth = 16, kRows = 8, kVectors = 3;

  static Ints add_products(Ints sums, Ints x, Ints y) {
    return (Ints)_mm512_dpwssd_epi32((__m512i)sums, (__m512i)x, (__m512i)y);
  }
};

}  // namespace

void multiply_coarsely_avx512(const CoarsePanel& panel) {
  CoarseKernel<Avx512>::run(panel);
}

long find_within_avx512(const IntervalEnds& ends, long n, float threshold, std::int32_t* found) {
  const __m512 limit = _mm512_set1_ps(threshold), error = _mm512_set1_ps(ends.error);
  long count = 0;
  for (long j = 0; j < n; j += 16) {
    const auto lanes = static_cast<__mmask16>(n - j >= 16 ? 0xffffu : (1u << (n - j)) - 1);
    const auto load = [&](const float* from) { return _mm512_maskz_loadu_ps(lanes, from + j); };
    const __m512 low =
        (load(ends.at) - load(ends.products) * load(ends.scale)) - error * load(ends.reach);
    unsigned within = _mm512_mask_cmp_ps_mask(lanes, low, limit, _CMP_NGT_UQ);
    for (; within != 0; within &= within - 1) {
      found[count++] = static_cast<std::int32_t>(j + __builtin_ctz(within));
    }
  }
  return count;
}

}  // namespace dem::detail
