#include "linalg/strided_kernel.h"

namespace dem::detail {

void strided_product_avx512(const StridedProduct& product) {
  StridedKernel<FloatArithmetic<16, 32>>::run(product);
}

}  // namespace dem::detail
