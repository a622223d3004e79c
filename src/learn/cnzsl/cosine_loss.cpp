#include "learn/cnzsl/cosine_loss.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/at.h"
#include "base/check.h"
#include "base/parallel.h"
#include "linalg/blas.h"

namespace dem {
namespace {

constexpr Index kRows = 16;  // of a piece

template <typename T>
double sum_of_products(std::span<const T> a, std::span<const T> b) {
  double sum = 0.0;
  for (std::size_t j = 0; j < a.size(); ++j) {
    sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
  }
  return sum;
}

// Rows divided by their norms, which are returned; zeros stay zeros.
template <typename T>
std::vector<double> make_unit_rows(MatrixView<const T> rows, MatrixView<T> unit) {
  std::vector<double> norms(at(rows.rows()));
  parallel_for(rows.rows(), kRows, [&](Index first, Index last) {
    for (Index c = first; c < last; ++c) {
      const double norm = std::sqrt(sum_of_products(rows.row(c), rows.row(c)));
      const T factor = static_cast<T>(norm > 0.0 ? 1.0 / norm : 0.0);
      for (Index j = 0; j < rows.cols(); ++j) unit(c, j) = factor * rows(c, j);
      norms[at(c)] = norm;
    }
  });
  return norms;
}

// Scores of one image become the loss's gradient by them, over n images; returns its loss.
template <typename T>
double softmax_loss(std::span<T> scores, Index label, Index num_images) {
  const T largest = *std::max_element(scores.begin(), scores.end());
  const double right = static_cast<double>(scores[at(label)] - largest);
  double sum = 0.0;
  for (T& score : scores) {
    score = std::exp(score - largest);
    sum += static_cast<double>(score);
  }
  const T factor = static_cast<T>(1.0 / (sum * static_cast<double>(num_images)));
  for (T& score : scores) score *= factor;
  scores[at(label)] -= static_cast<T>(1.0 / static_cast<double>(num_images));
  return std::log(sum) - right;
}

// By p of what the gradient is by q = p / |p|: (g - q (q.g)) / |p|.
template <typename T>
void project_gradient(MatrixView<const T> unit,
                      std::span<const double> norms,
                      MatrixView<T> gradient) {
  parallel_for(unit.rows(), kRows, [&](Index first, Index last) {
    for (Index c = first; c < last; ++c) {
      const std::span<T> row = gradient.row(c);
      const T along = static_cast<T>(sum_of_products(unit.row(c), std::span<const T>(row)));
      const T factor = static_cast<T>(norms[at(c)] > 0.0 ? 1.0 / norms[at(c)] : 0.0);
      for (Index j = 0; j < unit.cols(); ++j)
        row[at(j)] = factor * (row[at(j)] - along * unit(c, j));
    }
  });
}

}  // namespace

template <typename T>
double cosine_loss(double factor,
                   MatrixView<const T> images,
                   std::span<const Index> labels,
                   MatrixView<const T> prototypes,
                   MatrixView<T> gradient) {
  const Index num_images = images.rows();
  DEM_CHECK_EQ(static_cast<Index>(labels.size()), num_images);
  Matrix<T> unit = Matrix<T>::uninitialised(prototypes.rows(), prototypes.cols());
  const std::vector<double> norms = make_unit_rows(prototypes, unit.view());
  Matrix<T> scores = Matrix<T>::uninitialised(num_images, prototypes.rows());
  const T scale = static_cast<T>(factor);
  gemm(Transpose::kNo, Transpose::kYes, scale, images, unit.view(), T{0}, scores.view());
  std::vector<double> losses(at(num_images));
  parallel_for(num_images, kRows, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      losses[at(i)] = softmax_loss(scores.row(i), labels[at(i)], num_images);
    }
  });
  const MatrixView<const T> score_gradient = scores.view();
  gemm(Transpose::kYes, Transpose::kNo, scale, score_gradient, images, T{0}, gradient);
  project_gradient<T>(unit.view(), norms, gradient);
  double sum = 0.0;
  for (const double loss : losses) sum += loss;
  return sum / static_cast<double>(num_images);
}

template double cosine_loss(double,
                            MatrixView<const float>,
                            std::span<const Index>,
                            MatrixView<const float>,
                            MatrixView<float>);
template double cosine_loss(double,
                            MatrixView<const double>,
                            std::span<const Index>,
                            MatrixView<const double>,
                            MatrixView<double>);

}  // namespace dem
