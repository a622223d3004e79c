#include "linalg/strided_kernel.h"

namespace dem::detail {

void strided_product_avx2(const StridedProduct& product) {
  StridedKernel<FloatArithmetic<8, 16>>::run(product);
}

}  // namespace dem::detail
