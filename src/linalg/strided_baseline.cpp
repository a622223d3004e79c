#include "linalg/strided_kernel.h"

namespace dem::detail {

void strided_product_baseline(const StridedProduct& product) {
  StridedKernel<FloatArithmetic<4, 16>>::run(product);
}

}  // namespace dem::detail
