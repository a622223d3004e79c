// Products of the small matrices of a training step in bfloat16, summed in float32.
//
// The processor's instruction multiplies pairs: it adds a0 b0 + a1 b1 to each sum. So operands are
// matrices of pairs along the sum's index, and where that index has an odd count, the last pair
// ends with a zero.
#pragma once

#include <cstdint>

#include "dem/linalg/matrix.h"
#include "linalg/strided_product.h"

namespace dem {

// Two bfloat16, the first in the low half.
using Bf16Pair = std::uint32_t;
using PairOperand = OperandOf<Bf16Pair>;
[[nodiscard]] inline PairOperand as_is(MatrixView<const Bf16Pair> matrix) {
  return {matrix.data(), matrix.stride(), 1};
}
[[nodiscard]] inline PairOperand transposed(MatrixView<const Bf16Pair> matrix) {
  return {matrix.data(), 1, matrix.stride()};
}

// Whether this processor has the instruction (AVX512_BF16).
[[nodiscard]] bool has_pair_product() noexcept;

// c(i, j) = sum over pairs k of a(i, k) . b(k, j); the old c is not read.
//   a [c.rows(), b.rows()] pairs,  b [pairs, n],  c [m, n]
// Runs in the calling thread, in plain loops where the processor lacks the instruction. An
// element's sum is in the order of k whatever the shapes, if n is 16 or more. Denormal numbers
// count as zero.
void pair_product(PairOperand a, MatrixView<const Bf16Pair> b, MatrixView<float> c);

// Rounds to the nearest bfloat16, ties to even; what is no number stays so.
// Pairs of neighbours in a row: to(i, k) = (from(i, 2k), from(i, 2k + 1)). to [n, ceil(width / 2)]
void pair_columns(MatrixView<const float> from, MatrixView<Bf16Pair> to);
// Pairs of neighbours in a column: to(k, j) = (from(2k, j), from(2k + 1, j)).
// to [ceil(n / 2), width]
void pair_rows(MatrixView<const float> from, MatrixView<Bf16Pair> to);

}  // namespace dem
