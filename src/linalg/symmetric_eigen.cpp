#include "linalg/symmetric_eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/at.h"
#include "base/check.h"
#include "base/text.h"
#include "linalg/openblas.h"

// Debian's OpenBLAS has LAPACK, but not its header. This routine is Fortran, which takes the
// lengths of texts behind the other arguments.
extern "C" void dsyevd_(const char* jobz,
                        const char* uplo,
                        const blasint* n,
                        double* a,
                        const blasint* lda,
                        double* w,
                        double* work,
                        const blasint* lwork,
                        blasint* iwork,
                        const blasint* liwork,
                        blasint* info,
                        std::size_t jobz_length,
                        std::size_t uplo_length);

namespace dem {
namespace {

void require_finite(MatrixView<const double> a) {
  for (Index i = 0; i < a.rows(); ++i) {
    for (Index j = 0; j <= i; ++j) {
      if (std::isfinite(a(i, j))) continue;
      throw Error(ErrorKind::kNumerical,
                  concat("eigenvalues: expected a finite matrix, got ", a(i, j), " in row ", i));
    }
  }
}

// Asks how large the workspace is to be, then computes.
blasint call_dsyevd(MatrixView<double> a, std::vector<double>& values) {
  const Index n = a.rows();
  to_blas(1 + 6 * n + 2 * n * n);  // the least workspace: LAPACK itself does not check
  const blasint order = to_blas(n);
  blasint info = 0;
  const auto call =
      [&](std::vector<double>& work, blasint lwork, std::vector<blasint>& iwork, blasint liwork) {
        // LAPACK counts by columns: its upper triangle is this one's lower, and the eigenvectors
        // that it leaves in columns are rows here.
        dsyevd_("V",
                "U",
                &order,
                a.data(),
                &order,
                values.data(),
                work.data(),
                &lwork,
                iwork.data(),
                &liwork,
                &info,
                1,
                1);
      };
  std::vector<double> work(1);
  std::vector<blasint> iwork(1);
  const OneBlasThread guard;
  call(work, -1, iwork, -1);
  DEM_CHECK_EQ(info, 0);
  work.resize(static_cast<std::size_t>(work[0]));
  iwork.resize(static_cast<std::size_t>(iwork[0]));
  call(work,
       to_blas(static_cast<Index>(work.size())),
       iwork,
       to_blas(static_cast<Index>(iwork.size())));
  return info;
}

}  // namespace

SymmetricEigen symmetric_eigen(Matrix<double> a) {
  DEM_CHECK_EQ(a.rows(), a.cols());
  if (a.empty()) return {};
  require_finite(a);
  std::vector<double> values(at(a.rows()));
  if (call_dsyevd(a, values) != 0) {
    throw Error(ErrorKind::kNumerical,
                concat("eigenvalues: no convergence for a matrix of ", a.rows(), " rows"));
  }
  return {std::move(values), std::move(a)};
}

double zero_threshold(const SymmetricEigen& eigen) {
  if (eigen.values.empty()) return 0.0;
  return static_cast<double>(eigen.size()) * std::numeric_limits<double>::epsilon() *
         std::max(eigen.values.back(), 0.0);
}

}  // namespace dem
