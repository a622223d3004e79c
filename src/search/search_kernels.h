// The inner loops of a search, compiled once for each instruction set (search_avx2.cpp,
// search_avx512.cpp): what they are given.
#pragma once

#include <cstdint>

namespace dem::detail {

// Queries packed together.
inline constexpr long kCoarseRows = 8;
// A panel of prototypes is as many, or two or three times as many.
inline constexpr long kCoarseLanes = 16;
inline constexpr long kCoarsePanel = 3 * kCoarseLanes;

// c(i, j) = steps[i] * (sum over k of a(i, k) b(j, k)), the sum in 32-bit integers, which the
// caller keeps from overflowing. Two 16-bit numbers, k = 2 p and 2 p + 1, lie in an int32.
struct CoarsePanel {
  long groups;            // of kCoarseRows queries
  long pairs;             // of numbers in a row
  const std::int32_t* a;  // [groups, pairs, kCoarseRows]
  const std::int32_t* b;  // [pairs, width]
  long width;             // of the panel
  const float* steps;     // [groups * kCoarseRows]
  float* c;               // [groups * kCoarseRows, width]
  long c_stride;
};

// Lower or upper ends of intervals: (at[j] - products[j] * scale[j]) -+ error * reach[j].
struct IntervalEnds {
  const float* at;
  const float* scale;
  const float* reach;
  const float* products;
  float error;
};

// Writes the j < n, ascending, whose lower end is at or below the threshold or not a number;
// returns how many.
using FindWithin = long (*)(const IntervalEnds& ends, long n, float threshold, std::int32_t* found);
using MultiplyCoarsely = void (*)(const CoarsePanel& panel);

long find_within_baseline(const IntervalEnds& ends, long n, float threshold, std::int32_t* found);
#if defined(__x86_64__)
long find_within_avx2(const IntervalEnds& ends, long n, float threshold, std::int32_t* found);
long find_within_avx512(const IntervalEnds& ends, long n, float threshold, std::int32_t* found);
void multiply_coarsely_avx2(const CoarsePanel& panel);
void multiply_coarsely_avx512(const CoarsePanel& panel);
#endif

// The best ones for this processor.
struct SearchKernels {
  FindWithin find_within;
  MultiplyCoarsely multiply_coarsely;  // null where it would be no faster than float32
};
[[nodiscard]] const SearchKernels& search_kernels();

}  // namespace dem::detail
