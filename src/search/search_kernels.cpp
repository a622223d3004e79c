#include "search/search_kernels.h"

#include "base/simd.h"

namespace dem::detail {

long find_within_baseline(const IntervalEnds& ends, long n, float threshold, std::int32_t* found) {
  long count = 0;
  for (long j = 0; j < n; ++j) {
    const float end = (ends.at[j] - ends.products[j] * ends.scale[j]) - ends.error * ends.reach[j];
    found[count] = static_cast<std::int32_t>(j);
    count += end > threshold ? 0 : 1;
  }
  return count;
}

const SearchKernels& search_kernels() {
  static const SearchKernels kernels = [] {
    SearchKernels chosen{find_within_baseline, nullptr};
#if defined(__x86_64__)
    if (simd_level() == SimdLevel::kAvx512 && __builtin_cpu_supports("avx512vnni")) {
      chosen = {find_within_avx512, multiply_coarsely_avx512};
    } else if (simd_level() != SimdLevel::kBaseline) {
      chosen = {find_within_avx2, multiply_coarsely_avx2};
    }
#endif
    return chosen;
  }();
  return kernels;
}

}  // namespace dem::detail
