// What multiplies matrices.
#pragma once

namespace dem {

// "OpenBLAS 0.3.21 ... Haswell": the library and the kernels that it chose for this processor.
[[nodiscard]] const char* blas_description();

}  // namespace dem
