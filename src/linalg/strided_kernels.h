// What strided_product() and pair_product() pass to the kernels of each instruction set.
#pragma once

#include <cstdint>

namespace dem::detail {

// c[m, n] = a[m, k] * b[k, n]; n is at least kStridedWidth. Number is float, or uint32_t for pairs
// of bfloat16.
template <typename Number>
struct ProductOf {
  long m, n, k;
  const Number* a;
  long row_step, inner_step;
  const Number* b;
  long b_stride;
  float* c;
  long c_stride;
};
using StridedProduct = ProductOf<float>;
using PairProduct = ProductOf<std::uint32_t>;

inline constexpr long kStridedWidth = 16;  // floats of the widest vector

void strided_product_baseline(const StridedProduct& product);
#if defined(__x86_64__)
void strided_product_avx2(const StridedProduct& product);
void strided_product_avx512(const StridedProduct& product);
void pair_product_avx512(const PairProduct& product);
#endif

}  // namespace dem::detail
