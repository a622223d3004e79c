#include "linalg/blas.h"

#include <algorithm>

#include "base/check.h"
#include "base/parallel.h"
#include "dem/linalg/backend.h"
#include "linalg/openblas.h"

namespace dem {
namespace {

// Rows (or columns, where c is wider than tall) of one tile: large enough that a product of it runs
// at full speed, small enough that a step of batch size 64 keeps several threads busy.
constexpr Index kTile = 128;

// cblas_sgemm and cblas_dgemm under one name.
template <typename... Others>
void call_blas(CBLAS_TRANSPOSE ta,
               CBLAS_TRANSPOSE tb,
               blasint m,
               blasint n,
               blasint k,
               float alpha,
               const float* a,
               Others... others) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, others...);
}
template <typename... Others>
void call_blas(CBLAS_TRANSPOSE ta,
               CBLAS_TRANSPOSE tb,
               blasint m,
               blasint n,
               blasint k,
               double alpha,
               const double* a,
               Others... others) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, others...);
}

// A checked product, of which parts can be computed. While it lives, by one thread each.
template <typename Number>
class Product {
 public:
  Product(Transpose transpose_a,
          Transpose transpose_b,
          Number alpha,
          MatrixView<const Number> a,
          MatrixView<const Number> b,
          Number beta,
          MatrixView<Number> c)
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
  }

  // A block of c.
  void compute(Index row, Index rows, Index col, Index cols) const {
    call_blas(ta_ ? CblasTrans : CblasNoTrans,
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

  // All of c, by the thread team.
  void compute_in_tiles() const {
    if (c_.empty()) return;
    if (c_.rows() >= c_.cols()) {
      parallel_for(c_.rows(), kTile, [&](Index first, Index last) {
        compute(first, last - first, 0, c_.cols());
      });
    } else {
      parallel_for(c_.cols(), kTile, [&](Index first, Index last) {
        compute(0, c_.rows(), first, last - first);
      });
    }
  }

 private:
  OneBlasThread guard_{};
  bool ta_, tb_;
  Number alpha_, beta_;
  MatrixView<const Number> a_, b_;
  MatrixView<Number> c_;
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
  Product<float>(transpose_a, transpose_b, alpha, a, b, beta, c).compute_in_tiles();
}

void gemm(Transpose transpose_a,
          Transpose transpose_b,
          double alpha,
          MatrixView<const double> a,
          MatrixView<const double> b,
          double beta,
          MatrixView<double> c) {
  Product<double>(transpose_a, transpose_b, alpha, a, b, beta, c).compute_in_tiles();
}

void gemm_in_one_piece(Transpose transpose_a,
                       Transpose transpose_b,
                       float alpha,
                       MatrixView<const float> a,
                       MatrixView<const float> b,
                       float beta,
                       MatrixView<float> c) {
  const Product<float> product(transpose_a, transpose_b, alpha, a, b, beta, c);
  if (!c.empty()) product.compute(0, c.rows(), 0, c.cols());
}

const char* blas_description() {
  return openblas_get_config();
}

}  // namespace dem
