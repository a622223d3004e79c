#include "linalg/cholesky.h"

#include "base/check.h"
#include "base/parallel.h"
#include "linalg/openblas.h"

// Debian's OpenBLAS has LAPACK, but not its header.
extern "C" void dpotrf_(
    const char* uplo, const blasint* n, double* a, const blasint* lda, blasint* info);

namespace dem {

bool solve_positive_definite(MatrixView<double> a, MatrixView<double> b) {
  constexpr Index kColumns = 64;
  DEM_CHECK_EQ(a.rows(), a.cols());
  DEM_CHECK_EQ(a.rows(), b.rows());
  const blasint n = to_blas(a.rows());
  const blasint stride = to_blas(a.stride());
  blasint info = 0;
  const OneBlasThread guard;
  // LAPACK counts by columns: its upper triangle is this one's lower.
  dpotrf_("U", &n, a.data(), &stride, &info);
  if (info != 0) return false;
  parallel_for(b.cols(), kColumns, [&](Index first, Index last) {
    for (const auto transpose : {CblasNoTrans, CblasTrans}) {
      cblas_dtrsm(CblasRowMajor,
                  CblasLeft,
                  CblasLower,
                  transpose,
                  CblasNonUnit,
                  n,
                  static_cast<blasint>(last - first),
                  1.0,
                  a.data(),
                  stride,
                  b.data() + first,
                  static_cast<blasint>(b.stride()));
    }
  });
  return true;
}

}  // namespace dem
