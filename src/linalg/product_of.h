// A product's operands as the kernels take them.
#pragma once

#include "base/check.h"
#include "linalg/strided_kernels.h"
#include "linalg/strided_product.h"

namespace dem::detail {

template <typename Number>
[[nodiscard]] ProductOf<Number> product_of(OperandOf<Number> a,
                                           MatrixView<const Number> b,
                                           MatrixView<float> c) {
  DEM_CHECK_EQ(b.cols(), c.cols());
  return {c.rows(),
          c.cols(),
          b.rows(),
          a.data,
          a.row_step,
          a.inner_step,
          b.data(),
          b.stride(),
          c.data(),
          c.stride()};
}

}  // namespace dem::detail
