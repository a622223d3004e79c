#include "linalg/cholesky.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "base/parallel.h"
#include "linalg/openblas.h"

// Debian's OpenBLAS has LAPACK, but not its header.
extern "C" void dpotrf_(
    const char* uplo, const blasint* n, double* a, const blasint* lda, blasint* info);

namespace dem {
namespace {

bool factor_in_place(MatrixView<double> a) {
  DEM_CHECK_EQ(a.rows(), a.cols());
  const blasint n = to_blas(a.rows());
  const blasint stride = to_blas(std::max<Index>(a.stride(), 1));
  blasint info = 0;
  const OneBlasThread guard;
  // LAPACK counts by columns: its upper triangle is this one's lower.
  dpotrf_("U", &n, a.data(), &stride, &info);
  if (info != 0) return false;
  // OpenBLAS takes NaN for a positive pivot. What is no number in a row reaches its diagonal.
  for (Index i = 0; i < a.rows(); ++i) {
    if (!std::isfinite(a(i, i))) return false;
  }
  return true;
}

void solve_with_factor(MatrixView<const double> factor, MatrixView<double> b) {
  constexpr Index kColumns = 64;
  DEM_CHECK_EQ(factor.rows(), b.rows());
  if (b.empty()) return;
  const blasint n = to_blas(factor.rows());
  const blasint stride = to_blas(factor.stride());
  const blasint b_stride = to_blas(b.stride());
  const OneBlasThread guard;
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
                  factor.data(),
                  stride,
                  b.data() + first,
                  b_stride);
    }
  });
}

}  // namespace

std::optional<Cholesky> Cholesky::factor(Matrix<double> a) {
  if (!factor_in_place(a)) return std::nullopt;
  return Cholesky(std::move(a));
}

double Cholesky::smallest_pivot() const {
  double least = std::numeric_limits<double>::infinity();
  for (Index i = 0; i < size(); ++i) least = std::min(least, factor_(i, i) * factor_(i, i));
  return least;
}

void Cholesky::solve(MatrixView<double> b) const {
  solve_with_factor(factor_, b);
}

bool solve_positive_definite(MatrixView<double> a, MatrixView<double> b) {
  DEM_CHECK_EQ(a.rows(), b.rows());
  if (!factor_in_place(a)) return false;
  solve_with_factor(a, b);
  return true;
}

}  // namespace dem
