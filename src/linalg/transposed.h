// Matrices of a step kept with a column a sample, as strided_product wants its right operand.
#pragma once

#include "dem/linalg/matrix.h"

namespace dem {

namespace detail {
// `count` rounded up to an odd number of cache lines, so that no power of two lets rows share one
// place of the cache.
[[nodiscard]] constexpr Index odd_lines(Index count) {
  constexpr Index kLine = 16;  // numbers of four bytes
  return (((count + kLine - 1) / kLine) | 1) * kLine;
}
}  // namespace detail

// Zeros for the transpose of a [samples, width] matrix: at least 16 columns, so that a product has
// whole vectors.
template <typename T = float>
[[nodiscard]] Matrix<T> make_transposed(Index samples, Index width) {
  return {width, detail::odd_lines(samples)};
}

// Zeros for a [samples, width] matrix whose rows are as far apart.
template <typename T = float>
[[nodiscard]] Matrix<T> make_spaced(Index samples, Index width) {
  return {samples, detail::odd_lines(width)};
}

// The columns of the first `samples` samples, 16 at least.
template <typename M>
[[nodiscard]] auto first_columns(M& matrix, Index samples) {
  constexpr Index kFewest = 16;
  const auto whole = matrix.view();
  return decltype(matrix.view())(
      whole.data(), whole.rows(), samples < kFewest ? kFewest : samples, whole.stride());
}

// to(j, i) = from(i, j); `to` may be larger than it must be.
void transpose(MatrixView<const float> from, MatrixView<float> to);

}  // namespace dem
