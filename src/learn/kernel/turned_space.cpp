#include "learn/kernel/turned_space.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "dem/linalg/matrix.h"
#include "learn/kernel/products.h"
#include "learn/kernel/span.h"
#include "learn/solutions.h"
#include "linalg/symmetric_eigen.h"

namespace dem {
namespace {

constexpr double kFloor = 1e-4;  // of the mean variance

Matrix<double> scaled_copy(MatrixView<const double> rows, const std::vector<double>& factors) {
  Matrix<double> out = Matrix<double>::uninitialised(rows.rows(), rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    for (Index j = 0; j < rows.cols(); ++j) out(i, j) = rows(i, j) * factors[at(j)];
  }
  return out;
}

}  // namespace

WhitenedSpace::WhitenedSpace(const ClassScatter& of, double shrinkage) : scatter(of) {
  const double mean = of.mean_variance;
  std::vector<double> noise_along_axes;
  for (const double variance : of.variance) {
    const double shrunk = std::max((1.0 - shrinkage) * variance + shrinkage * mean, kFloor * mean);
    inverse.push_back(1.0 / std::sqrt(shrunk));
    noise_along_axes.push_back(of.noise * variance / shrunk);
  }
  if (of.num_classes() > of.dim()) {
    noise = Matrix<double>(of.dim(), of.dim());
    for (Index j = 0; j < of.dim(); ++j) noise(j, j) = noise_along_axes[at(j)];
    return;
  }
  basis = span_of(scaled_copy(of.means, inverse));
  Matrix<double> weighted = basis->clone();
  scale_rows(weighted.view(), noise_along_axes);
  noise = transposed_times<double>(*basis, weighted);
}

// Of the images of class c: n_c |m_c - m0|^2 and their scatter about m_c, along the axes.
double WhitenedSpace::root_mean_square() const {
  double sum = 0.0;
  double images = 0.0;
  for (Index c = 0; c < scatter.num_classes(); ++c) {
    double squared = 0.0;
    for (Index j = 0; j < scatter.dim(); ++j) {
      const double value = scatter.means(c, j) * inverse[at(j)];
      squared += value * value;
    }
    sum += scatter.counts[at(c)] * squared;
    images += scatter.counts[at(c)];
  }
  const double freedom = images - static_cast<double>(scatter.num_classes());
  for (Index j = 0; j < scatter.dim(); ++j) {
    sum += freedom * scatter.variance[at(j)] * inverse[at(j)] * inverse[at(j)];
  }
  return sum > 0.0 ? std::sqrt(sum / images) : 1.0;
}

Matrix<double> WhitenedSpace::project(MatrixView<const double> rows) const {
  Matrix<double> scaled = scaled_copy(rows, inverse);
  return basis ? times<double>(scaled, *basis) : std::move(scaled);
}

WhitenedRows whitened_rows(const WhitenedSpace& space, MatrixView<const float> turned_features) {
  WhitenedRows out;
  Matrix<float> scaled =
      Matrix<float>::uninitialised(turned_features.rows(), turned_features.cols());
  const std::vector<float> inverse(space.inverse.begin(), space.inverse.end());
  for (Index i = 0; i < scaled.rows(); ++i) {
    double squared = 0.0;
    for (Index j = 0; j < scaled.cols(); ++j) {
      scaled(i, j) = turned_features(i, j) * inverse[at(j)];
      squared += double{scaled(i, j)} * double{scaled(i, j)};
    }
    out.squared.push_back(static_cast<float>(squared));
  }
  out.rows = space.basis ? times<float>(scaled, rounded(*space.basis)) : std::move(scaled);
  return out;
}

TurnedSpace::TurnedSpace(const WhitenedSpace& of, MatrixView<const double> residuals_along_axes)
    : SpaceAxes{of, {}} {
  const Matrix<double> errors = of.project(residuals_along_axes);
  Matrix<double> covariance = transposed_times<double>(errors, errors);
  const auto count = static_cast<double>(std::max<Index>(1, errors.rows()));
  for (Index i = 0; i < covariance.rows(); ++i) {
    for (Index j = 0; j < covariance.cols(); ++j) {
      covariance(i, j) = covariance(i, j) / count - of.noise(i, j);
    }
  }
  SymmetricEigen eigen = symmetric_eigen(std::move(covariance));
  residual = std::move(eigen.values);
  for (double& value : residual) value = std::max(value, 0.0);
  turn = std::move(eigen.vectors);
}

Matrix<double> SpaceAxes::project(MatrixView<const double> rows_along_axes) const {
  return times_transposed<double>(space.project(rows_along_axes), turn);
}

Matrix<float> SpaceAxes::turned(const WhitenedRows& rows) const {
  return times_transposed<float>(rows.rows, rounded(turn));
}

Matrix<double> SpaceAxes::directions() const {
  if (space.basis) return times_transposed<double>(*space.basis, turn);
  Matrix<double> out = Matrix<double>::uninitialised(turn.cols(), turn.rows());
  for (Index i = 0; i < out.rows(); ++i) {
    for (Index j = 0; j < out.cols(); ++j) out(i, j) = turn(j, i);
  }
  return out;
}

std::vector<double> TurnedSpace::weights(double kappa) const {
  std::vector<double> g;
  for (const double value : residual) g.push_back(1.0 / (1.0 + kappa * value));
  return g;
}

}  // namespace dem
