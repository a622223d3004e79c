#include "linalg/pair_product.h"

#include <bit>

#include "base/check.h"
#include "base/simd.h"
#include "linalg/product_of.h"

namespace dem {
namespace {

float to_float(Bf16Pair bits) {
  return std::bit_cast<float>(bits);
}

void narrow_product(const detail::PairProduct& p) {
  constexpr Bf16Pair kSecond = 0xffff0000;
  for (Index i = 0; i < p.m; ++i) {
    for (Index j = 0; j < p.n; ++j) {
      float sum = 0.0f;
      for (Index k = 0; k < p.k; ++k) {
        const Bf16Pair a = p.a[i * p.row_step + k * p.inner_step];
        const Bf16Pair b = p.b[k * p.b_stride + j];
        sum +=
            to_float(a << 16) * to_float(b << 16) + to_float(a & kSecond) * to_float(b & kSecond);
      }
      p.c[i * p.c_stride + j] = sum;
    }
  }
}

// The upper half is the nearest bfloat16.
inline Bf16Pair rounded(float value) {
  const auto bits = std::bit_cast<Bf16Pair>(value);
  constexpr Bf16Pair kInfinity = 0x7f800000;
  const Bf16Pair number = bits + 0x7fff + ((bits >> 16) & 1);
  return (bits & 0x7fffffff) > kInfinity ? bits | 0x00400000 : number;
}
inline Bf16Pair pair_of(float first, float second) {
  return (rounded(first) >> 16) | (rounded(second) & 0xffff0000);
}

}  // namespace

bool has_pair_product() noexcept {
#if defined(__x86_64__)
  static const bool has =
      detail::simd_level() == detail::SimdLevel::kAvx512 && __builtin_cpu_supports("avx512bf16");
  return has;
#else
  return false;
#endif
}

void pair_product(PairOperand a, MatrixView<const Bf16Pair> b, MatrixView<float> c) {
  const auto product = detail::product_of(a, b, c);
#if defined(__x86_64__)
  if (c.cols() >= detail::kStridedWidth && has_pair_product()) {
    detail::pair_product_avx512(product);
    return;
  }
#endif
  narrow_product(product);
}

void pair_columns(MatrixView<const float> from, MatrixView<Bf16Pair> to) {
  DEM_CHECK_EQ(from.rows(), to.rows());
  DEM_CHECK_EQ((from.cols() + 1) / 2, to.cols());
  const Index pairs = from.cols() / 2;
  for (Index i = 0; i < from.rows(); ++i) {
    const float* in = from.row(i).data();
    Bf16Pair* out = to.row(i).data();
    vectorised([=]() DEM_KERNEL {
      for (Index k = 0; k < pairs; ++k) out[k] = pair_of(in[2 * k], in[2 * k + 1]);
    });
    if (pairs < to.cols()) out[pairs] = pair_of(in[2 * pairs], 0.0f);
  }
}

void pair_rows(MatrixView<const float> from, MatrixView<Bf16Pair> to) {
  DEM_CHECK_EQ((from.rows() + 1) / 2, to.rows());
  DEM_CHECK_EQ(from.cols(), to.cols());
  const Index count = from.cols();
  for (Index k = 0; k < to.rows(); ++k) {
    const float* first = from.row(2 * k).data();
    const bool is_alone = 2 * k + 1 == from.rows();
    const float* second = is_alone ? first : from.row(2 * k + 1).data();
    Bf16Pair* out = to.row(k).data();
    if (is_alone) {
      for (Index j = 0; j < count; ++j) out[j] = pair_of(first[j], 0.0f);
      continue;
    }
    vectorised([=]() DEM_KERNEL {
      for (Index j = 0; j < count; ++j) out[j] = pair_of(first[j], second[j]);
    });
  }
}

}  // namespace dem
