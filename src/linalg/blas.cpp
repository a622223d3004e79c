#include "linalg/blas.h"

#include <cblas.h>

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/linalg/backend.h"

namespace dem {
namespace {

// Rows (or columns, where c is wider than tall) of one tile: large enough that a product of it runs
// at full speed, small enough that a step of batch size 64 keeps several threads busy.
constexpr Index kTile = 128;

blasint to_blas(Index n) {
  if (n > std::numeric_limits<int>::max()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("matrix product: expected extents below 2^31, got ", n));
  }
  return static_cast<blasint>(n);
}

// The library's threads are ours; OpenBLAS is to use none of its own.
void use_one_blas_thread() {
  static const bool done = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

void gemm(Transpose transpose_a,
          Transpose transpose_b,
          float alpha,
          MatrixView<const float> a,
          MatrixView<const float> b,
          float beta,
          MatrixView<float> c) {
  const bool ta = transpose_a == Transpose::kYes;
  const bool tb = transpose_b == Transpose::kYes;
  const Index inner = ta ? a.rows() : a.cols();
  DEM_CHECK_EQ((ta ? a.cols() : a.rows()), c.rows());
  DEM_CHECK_EQ((tb ? b.rows() : b.cols()), c.cols());
  DEM_CHECK_EQ((tb ? b.cols() : b.rows()), inner);
  if (c.empty()) return;
  use_one_blas_thread();
  const blasint k = to_blas(inner);
  const blasint lda = to_blas(std::max<Index>(a.stride(), 1));
  const blasint ldb = to_blas(std::max<Index>(b.stride(), 1));
  const blasint ldc = to_blas(c.stride());
  to_blas(c.rows());
  const auto product = [&](Index row, Index rows, Index col, Index cols) {
    const float* a_tile = a.data() + (ta ? row : row * a.stride());
    const float* b_tile = b.data() + (tb ? col * b.stride() : col);
    cblas_sgemm(CblasRowMajor,
                ta ? CblasTrans : CblasNoTrans,
                tb ? CblasTrans : CblasNoTrans,
                static_cast<blasint>(rows),
                static_cast<blasint>(cols),
                k,
                alpha,
                a_tile,
                lda,
                b_tile,
                ldb,
                beta,
                c.data() + row * c.stride() + col,
                ldc);
  };
  if (c.rows() >= c.cols()) {
    parallel_for(c.rows(), kTile, [&](Index first, Index last) {
      product(first, last - first, 0, c.cols());
    });
  } else {
    parallel_for(c.cols(), kTile, [&](Index first, Index last) {
      product(0, c.rows(), first, last - first);
    });
  }
}

const char* blas_description() {
  return openblas_get_config();
}

}  // namespace dem
