#include "learn/cnzsl/class_norm.h"

#include <algorithm>

#include "base/at.h"
#include "base/check.h"

namespace dem {
namespace {

// Calls body(first, last) for some columns at a time: rows are walked along memory.
constexpr Index kColumns = 64;
template <typename Body>
void for_columns(Index cols, Body&& body) {
  for (Index first = 0; first < cols; first += kColumns) {
    body(first, std::min(first + kColumns, cols));
  }
}

// sums[j - first] = the sum over rows of term(i, j), in double.
template <typename Term>
void sum_rows(Index rows, Index first, Index last, Term&& term, double* sums) {
  for (Index j = first; j < last; ++j) sums[j - first] = 0.0;
  for (Index i = 0; i < rows; ++i) {
    for (Index j = first; j < last; ++j) sums[j - first] += static_cast<double>(term(i, j));
  }
}

}  // namespace

template <typename T>
ClassMoments<T> normalise_over_classes(double epsilon, MatrixView<T> hidden) {
  const Index rows = hidden.rows();
  DEM_CHECK_LE(2, rows);
  ClassMoments<T> moments{std::vector<T>(at(hidden.cols())), std::vector<T>(at(hidden.cols()))};
  for_columns(hidden.cols(), [&](Index first, Index last) {
    double sums[kColumns];
    sum_rows(
        rows, first, last, [&](Index i, Index j) { return hidden(i, j); }, sums);
    for (Index j = first; j < last; ++j) {
      moments.mean[at(j)] = static_cast<T>(sums[j - first] / static_cast<double>(rows));
    }
    for (Index i = 0; i < rows; ++i) {
      for (Index j = first; j < last; ++j) hidden(i, j) -= moments.mean[at(j)];
    }
    sum_rows(
        rows, first, last, [&](Index i, Index j) { return hidden(i, j) * hidden(i, j); }, sums);
    for (Index j = first; j < last; ++j) {
      moments.variance[at(j)] = static_cast<T>(sums[j - first] / static_cast<double>(rows - 1));
    }
    for (Index i = 0; i < rows; ++i) {
      for (Index j = first; j < last; ++j) {
        hidden(i, j) /= moments.variance[at(j)] + static_cast<T>(epsilon);
      }
    }
  });
  return moments;
}

// With y = u / (v + e), u = h - mean and v = |u|^2 / (C - 1), of a column:
//   dL/dh = (g - mean(g)) / (v + e) - 2 y (g . y) / (C - 1)
template <typename T>
void normalise_gradient(double epsilon,
                        const ClassMoments<T>& moments,
                        MatrixView<const T> normalised,
                        MatrixView<T> gradient) {
  const Index rows = gradient.rows();
  for_columns(gradient.cols(), [&](Index first, Index last) {
    double sums[kColumns], products[kColumns];
    sum_rows(
        rows, first, last, [&](Index i, Index j) { return gradient(i, j); }, sums);
    sum_rows(
        rows,
        first,
        last,
        [&](Index i, Index j) { return gradient(i, j) * normalised(i, j); },
        products);
    for (Index i = 0; i < rows; ++i) {
      for (Index j = first; j < last; ++j) {
        const T mean = static_cast<T>(sums[j - first] / static_cast<double>(rows));
        const T slope = static_cast<T>(2.0 * products[j - first] / static_cast<double>(rows - 1));
        gradient(i, j) =
            (gradient(i, j) - mean) / (moments.variance[at(j)] + static_cast<T>(epsilon)) -
            slope * normalised(i, j);
      }
    }
  });
}

template ClassMoments<float> normalise_over_classes(double, MatrixView<float>);
template ClassMoments<double> normalise_over_classes(double, MatrixView<double>);
template void normalise_gradient(double,
                                 const ClassMoments<float>&,
                                 MatrixView<const float>,
                                 MatrixView<float>);
template void normalise_gradient(double,
                                 const ClassMoments<double>&,
                                 MatrixView<const double>,
                                 MatrixView<double>);

}  // namespace dem
