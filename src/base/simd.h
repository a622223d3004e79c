// Loops in the widest vector instructions that the processor has.
#pragma once

namespace dem {

// Put after a kernel lambda's parameter list: vectorised([=]() DEM_KERNEL { ... }).
#define DEM_KERNEL __attribute__((always_inline))

namespace detail {

#if defined(__x86_64__)

enum class SimdLevel { kBaseline, kAvx2, kAvx512 };

inline SimdLevel simd_level() {
  static const SimdLevel level = [] {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")) {
      return SimdLevel::kAvx512;
    }
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? SimdLevel::kAvx2
                                                                           : SimdLevel::kBaseline;
  }();
  return level;
}

#if defined(__clang__)
#define DEM_AVX512 "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"
#else
#define DEM_AVX512 "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512"
#endif

template <typename Kernel>
[[gnu::noinline]] void run_baseline(const Kernel& kernel) {
  kernel();
}

template <typename Kernel>
[[gnu::noinline, gnu::target("avx2,fma")]] void run_avx2(const Kernel& kernel) {
  kernel();
}

template <typename Kernel>
[[gnu::noinline, gnu::target(DEM_AVX512)]] void run_avx512(const Kernel& kernel) {
  kernel();
}

#undef DEM_AVX512

#endif

}  // namespace detail

// Runs kernel(), a lambda marked DEM_KERNEL, compiled once for each instruction set. Its loop calls
// nothing but what is inlined. Files that use it are built with -O3 -fno-math-errno
// -fno-trapping-math (see their CMakeLists.txt), which lets the compiler vectorise square roots and
// selections and changes no result.
template <typename Kernel>
void vectorised(const Kernel& kernel) {
#if defined(__x86_64__)
  switch (detail::simd_level()) {
    case detail::SimdLevel::kAvx512:
      return detail::run_avx512(kernel);
    case detail::SimdLevel::kAvx2:
      return detail::run_avx2(kernel);
    case detail::SimdLevel::kBaseline:
      return detail::run_baseline(kernel);
  }
#else
  kernel();
#endif
}

}  // namespace dem
