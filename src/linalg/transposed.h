// Matrices of a step kept with a column a sample, as strided_product wants its right operand.
#pragma once

#include "dem/linalg/matrix.h"

namespace dem {

// Zeros for the transpose of a [samples, width] matrix: at least 16 columns, so that a product has
// whole vectors, and rows an odd number of cache lines apart, so that no power of two lets them
// share one place of the cache.
[[nodiscard]] Matrix<float> make_transposed(Index samples, Index width);

// Zeros for a [samples, width] matrix whose rows are as far apart.
[[nodiscard]] Matrix<float> make_spaced(Index samples, Index width);

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
