#include "learn/linear/ridge_inverse.h"

#include <algorithm>

#include "linalg/blas.h"

namespace dem {
namespace {

bool solves_by_rows(const Matrix<double>& d) {
  return d.rows() <= d.cols();
}

Matrix<double> smaller_gram(const Matrix<double>& d) {
  const bool by_rows = solves_by_rows(d);
  const Index size = by_rows ? d.rows() : d.cols();
  Matrix<double> gram(size, size);
  gemm(by_rows ? Transpose::kNo : Transpose::kYes,
       by_rows ? Transpose::kYes : Transpose::kNo,
       1.0,
       d,
       d,
       0.0,
       gram);
  return gram;
}

}  // namespace

RidgeInverse::RidgeInverse(Matrix<double> d, Shifts shifts)
    : d_(std::move(d)), system_(smaller_gram(d_), shifts) {}

Matrix<double> RidgeInverse::solve(double lambda, MatrixView<const double> t) const {
  Matrix<double> result(t.cols(), d_.cols());
  if (solves_by_rows(d_)) {
    Matrix<double> solution(t.rows(), t.cols());
    for (Index r = 0; r < t.rows(); ++r) {
      std::copy(t.row(r).begin(), t.row(r).end(), solution.row(r).begin());
    }
    system_.solve(lambda, solution);
    gemm(Transpose::kYes, Transpose::kNo, 1.0, solution, d_, 0.0, result);
    return result;
  }
  Matrix<double> solution(d_.cols(), t.cols());
  gemm(Transpose::kYes, Transpose::kNo, 1.0, d_, t, 0.0, solution);
  system_.solve(lambda, solution);
  for (Index i = 0; i < result.rows(); ++i) {
    for (Index k = 0; k < result.cols(); ++k) result(i, k) = solution(k, i);
  }
  return result;
}

}  // namespace dem
