#include "linalg/transposed.h"

#include <algorithm>

namespace dem {
namespace {

constexpr Index kLine = 16;  // floats in a cache line

Index odd_lines(Index count) {
  return (((count + kLine - 1) / kLine) | 1) * kLine;
}

}  // namespace

Matrix<float> make_transposed(Index samples, Index width) {
  return {width, odd_lines(samples)};
}

Matrix<float> make_spaced(Index samples, Index width) {
  return {samples, odd_lines(width)};
}

void transpose(MatrixView<const float> from, MatrixView<float> to) {
  for (Index i = 0; i < from.rows(); i += kLine) {
    const Index rows = std::min(kLine, from.rows() - i);
    for (Index j = 0; j < from.cols(); ++j) {
      float* out = to.row(j).data() + i;
      for (Index r = 0; r < rows; ++r) out[r] = from(i + r, j);
    }
  }
}

}  // namespace dem
