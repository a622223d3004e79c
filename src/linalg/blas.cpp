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

// A checked product, of which parts can be computed.
class Product {
 public:
  Product(Transpose transpose_a,
          Transpose transpose_b,
          float alpha,
          MatrixView<const float> a,
          MatrixView<const float> b,
          float beta,
          MatrixView<float> c)
      : ta_(transpose_a == Transpose::kYes),
        tb_(transpose_b == Transpose::kYes),
        alpha_(alpha),
        beta_(beta),
        a_(a),
        b_(b),
        c_(c) {
    const Index inner = ta_ ? a.rows() : a.cols();
    DEM_CHECK_EQ((ta_ ? a.cols() : a.rows()), c.rows());
    DEM_CHECK_EQ((tb_ ? b.rows() : b.cols()), c.cols());
    DEM_CHECK_EQ((tb_ ? b.cols() : b.rows()), inner);
    k_ = to_blas(inner);
    lda_ = to_blas(std::max<Index>(a.stride(), 1));
    ldb_ = to_blas(std::max<Index>(b.stride(), 1));
    ldc_ = to_blas(c.stride());
    to_blas(c.rows());
    use_one_blas_thread();
  }

  // A block of c.
  void compute(Index row, Index rows, Index col, Index cols) const {
    cblas_sgemm(CblasRowMajor,
                ta_ ? CblasTrans : CblasNoTrans,
                tb_ ? CblasTrans : CblasNoTrans,
                static_cast<blasint>(rows),
                static_cast<blasint>(cols),
                k_,
                alpha_,
                a_.data() + (ta_ ? row : row * a_.stride()),
                lda_,
                b_.data() + (tb_ ? col * b_.stride() : col),
                ldb_,
                beta_,
                c_.data() + row * c_.stride() + col,
                ldc_);
  }

 private:
  bool ta_, tb_;
  float alpha_, beta_;
  MatrixView<const float> a_, b_;
  MatrixView<float> c_;
  blasint k_, lda_, ldb_, ldc_;
};

}  // namespace

void gemm(Transpose transpose_a,
          Transpose transpose_b,
          float alpha,
          MatrixView<const float> a,
          MatrixView<const float> b,
          float beta,
          MatrixView<float> c) {
  const Product product(transpose_a, transpose_b, alpha, a, b, beta, c);
  if (c.empty()) return;
  if (c.rows() >= c.cols()) {
    parallel_for(c.rows(), kTile, [&](Index first, Index last) {
      product.compute(first, last - first, 0, c.cols());
    });
  } else {
    parallel_for(c.cols(), kTile, [&](Index first, Index last) {
      product.compute(0, c.rows(), first, last - first);
    });
  }
}

void gemm_in_one_piece(Transpose transpose_a,
                       Transpose transpose_b,
                       float alpha,
                       MatrixView<const float> a,
                       MatrixView<const float> b,
                       float beta,
                       MatrixView<float> c) {
  const Product product(transpose_a, transpose_b, alpha, a, b, beta, c);
  if (!c.empty()) product.compute(0, c.rows(), 0, c.cols());
}

const char* blas_description() {
  return openblas_get_config();
}

}  // namespace dem
