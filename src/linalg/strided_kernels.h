// What strided_product.cpp passes to the kernels of each instruction set.
#pragma once

namespace dem::detail {

// c[m, n] = a[m, k] * b[k, n]; n is at least kStridedWidth.
struct StridedProduct {
  long m, n, k;
  const float* a;
  long row_step, inner_step;
  const float* b;
  long b_stride;
  float* c;
  long c_stride;
};

inline constexpr long kStridedWidth = 16;  // floats of the widest vector

void strided_product_baseline(const StridedProduct& product);
#if defined(__x86_64__)
void strided_product_avx2(const StridedProduct& product);
void strided_product_avx512(const StridedProduct& product);
#endif

}  // namespace dem::detail
