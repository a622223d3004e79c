#include <immintrin.h>

#include "linalg/strided_kernel.h"

namespace dem::detail {
namespace {

struct PairArithmetic {
  static constexpr long kWidth = 16;
  static constexpr int kRegisters = 32;
  using Number = std::uint32_t;
  typedef std::uint32_t Numbers __attribute__((vector_size(64), aligned(4), may_alias));
  typedef float Sums __attribute__((vector_size(64), aligned(4), may_alias));
  static Sums add(std::uint32_t y, Numbers x, Sums sums) {
    // Around the intrinsic GCC 12 keeps a copy of every sum in memory, at half the speed.
    const __m512i pairs = _mm512_set1_epi32(static_cast<int>(y));
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(sums) : "v"(pairs), "v"(x));
    return sums;
  }
};

}  // namespace

void pair_product_avx512(const PairProduct& product) {
  StridedKernel<PairArithmetic>::run(product);
}

}  // namespace dem::detail
