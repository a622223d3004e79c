#include "linalg/strided_product.h"

#include "base/simd.h"
#include "linalg/product_of.h"

namespace dem {
namespace {

// Products of few columns: one that is narrower than a vector.
void narrow_product(const detail::StridedProduct& p) {
  for (Index i = 0; i < p.m; ++i) {
    for (Index j = 0; j < p.n; ++j) {
      float sum = 0.0f;
      for (Index k = 0; k < p.k; ++k) {
        sum += p.a[i * p.row_step + k * p.inner_step] * p.b[k * p.b_stride + j];
      }
      p.c[i * p.c_stride + j] = sum;
    }
  }
}

void wide_product(const detail::StridedProduct& p) {
#if defined(__x86_64__)
  switch (detail::simd_level()) {
    case detail::SimdLevel::kAvx512:
      return detail::strided_product_avx512(p);
    case detail::SimdLevel::kAvx2:
      return detail::strided_product_avx2(p);
    case detail::SimdLevel::kBaseline:
      break;
  }
#endif
  detail::strided_product_baseline(p);
}

}  // namespace

void strided_product(StridedOperand a, MatrixView<const float> b, MatrixView<float> c) {
  const auto product = detail::product_of(a, b, c);
  if (c.cols() < detail::kStridedWidth) {
    narrow_product(product);
  } else {
    wide_product(product);
  }
}

}  // namespace dem
