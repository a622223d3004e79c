// Matrix products by a BLAS.
#pragma once

#include "dem/linalg/matrix.h"

namespace dem {

enum class Transpose { kNo, kYes };

// c = alpha * op(a) * op(b) + beta * c, all row-major. With beta = 0 the old c is not read. Runs on
// the library's thread team; the result does not depend on the number of threads, since c is cut
// into tiles of fixed size and each is one single-threaded product.
// Throws Error{kInternal} where shapes do not fit, Error{kInvalidArgument} where an extent is
// beyond what the BLAS counts in (2^31 - 1).
void gemm(Transpose transpose_a,
          Transpose transpose_b,
          float alpha,
          MatrixView<const float> a,
          MatrixView<const float> b,
          float beta,
          MatrixView<float> c);

void gemm(Transpose transpose_a,
          Transpose transpose_b,
          double alpha,
          MatrixView<const double> a,
          MatrixView<const double> b,
          double beta,
          MatrixView<double> c);

// The same as one product in the calling thread, for callers that cut the work into pieces
// themselves: each cut has the BLAS rearrange the whole of b once more.
void gemm_in_one_piece(Transpose transpose_a,
                       Transpose transpose_b,
                       float alpha,
                       MatrixView<const float> a,
                       MatrixView<const float> b,
                       float beta,
                       MatrixView<float> c);

}  // namespace dem
