#include "linalg/transposed.h"

#include <algorithm>

namespace dem {
namespace {

constexpr Index kLine = 16;  // floats in a cache line

}  // namespace

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
