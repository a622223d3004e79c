// Products of the small matrices of a training step, without the rearranging of operands that a
// BLAS begins with: at these shapes it costs as much as a fifth of the product.
#pragma once

#include "dem/linalg/matrix.h"

namespace dem {

// The left operand, in either order: element (i, k) is data[i * row_step + k * inner_step].
template <typename Number>
struct OperandOf {
  const Number* data;
  Index row_step;
  Index inner_step;
};
using StridedOperand = OperandOf<float>;

// c(i, j) = sum over k of a(i, k) * b(k, j); the old c is not read.
//   a [c.rows(), b.rows()],  b [k, n],  c [m, n]
// Runs in the calling thread. Each element is one sum in the order of k, whatever the shapes: a
// product computed in parts has the bits of the whole, if each part has 16 columns or more.
void strided_product(StridedOperand a, MatrixView<const float> b, MatrixView<float> c);

// The operand a(i, k) = matrix(i, k), and a(i, k) = matrix(k, i).
[[nodiscard]] inline StridedOperand as_is(MatrixView<const float> matrix) {
  return {matrix.data(), matrix.stride(), 1};
}
[[nodiscard]] inline StridedOperand transposed(MatrixView<const float> matrix) {
  return {matrix.data(), 1, matrix.stride()};
}

}  // namespace dem
