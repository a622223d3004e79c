// Small helpers over matrix products, for code that reads like its equations.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "dem/linalg/matrix.h"
#include "linalg/blas.h"

namespace dem {

// a b, a' b, a b'.
template <typename T>
[[nodiscard]] Matrix<T> times(MatrixView<const T> a, MatrixView<const T> b) {
  Matrix<T> c = Matrix<T>::uninitialised(a.rows(), b.cols());
  gemm(Transpose::kNo, Transpose::kNo, T{1}, a, b, T{0}, c.view());
  return c;
}

template <typename T>
[[nodiscard]] Matrix<T> transposed_times(MatrixView<const T> a, MatrixView<const T> b) {
  Matrix<T> c = Matrix<T>::uninitialised(a.cols(), b.cols());
  gemm(Transpose::kYes, Transpose::kNo, T{1}, a, b, T{0}, c.view());
  return c;
}

template <typename T>
[[nodiscard]] Matrix<T> times_transposed(MatrixView<const T> a, MatrixView<const T> b) {
  Matrix<T> c = Matrix<T>::uninitialised(a.rows(), b.rows());
  gemm(Transpose::kNo, Transpose::kYes, T{1}, a, b, T{0}, c.view());
  return c;
}

// Rows of one and then of the other, of one width.
template <typename T>
[[nodiscard]] Matrix<T> stacked(const Matrix<T>& above, const Matrix<T>& below) {
  Matrix<T> out = Matrix<T>::uninitialised(above.rows() + below.rows(), above.cols());
  std::copy(above.data(), above.data() + above.size(), out.data());
  std::copy(below.data(), below.data() + below.size(), out.data() + above.size());
  return out;
}

[[nodiscard]] inline std::vector<double> roots(const std::vector<double>& values) {
  std::vector<double> out;
  for (const double value : values) out.push_back(std::sqrt(value));
  return out;
}

// Column j times factors[j]; row i times factors[i].
template <typename T, typename Factors>
void scale_columns(MatrixView<T> matrix, const Factors& factors) {
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (Index j = 0; j < matrix.cols(); ++j) {
      matrix(i, j) *= static_cast<T>(factors[static_cast<std::size_t>(j)]);
    }
  }
}

template <typename T, typename Factors>
void scale_rows(MatrixView<T> matrix, const Factors& factors) {
  for (Index i = 0; i < matrix.rows(); ++i) {
    const T factor = static_cast<T>(factors[static_cast<std::size_t>(i)]);
    for (T& value : matrix.row(i)) value *= factor;
  }
}

}  // namespace dem
