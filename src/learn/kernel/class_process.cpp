#include "learn/kernel/class_process.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/at.h"
#include "learn/kernel/products.h"
#include "linalg/symmetric_eigen.h"

namespace dem {
namespace {

Matrix<double> squared(MatrixView<const double> matrix) {
  Matrix<double> out = Matrix<double>::uninitialised(matrix.rows(), matrix.cols());
  for (Index i = 0; i < out.rows(); ++i) {
    for (Index j = 0; j < out.cols(); ++j) out(i, j) = matrix(i, j) * matrix(i, j);
  }
  return out;
}

}  // namespace

ClassProcess::ClassProcess(MatrixView<const double> kernel,
                           double explained,
                           std::vector<double> counts)
    : explained_(explained), counts_(std::move(counts)) {
  const Index num_classes = kernel.rows();
  Matrix<double> weighted = Matrix<double>::uninitialised(num_classes, num_classes);
  for (Index i = 0; i < num_classes; ++i) {
    for (Index k = 0; k < num_classes; ++k) {
      const double prior = explained_ * kernel(i, k) + (i == k ? 1.0 - explained_ : 0.0);
      weighted(i, k) = std::sqrt(counts_[at(i)]) * prior * std::sqrt(counts_[at(k)]);
    }
  }
  SymmetricEigen eigen = symmetric_eigen(std::move(weighted));
  values_ = std::move(eigen.values);
  for (double& value : values_) value = std::max(value, 0.0);
  vectors_ = std::move(eigen.vectors);
  root_ = Matrix<double>::uninitialised(num_classes, num_classes);
  for (Index c = 0; c < num_classes; ++c) {
    for (Index k = 0; k < num_classes; ++k) {
      root_(c, k) = std::sqrt(counts_[at(c)]) * vectors_(k, c);
    }
  }
}

ClassPosterior::ClassPosterior(const ClassProcess& process,
                               MatrixView<const double> means,
                               const std::vector<double>& signal)
    : process_(process),
      signal_(signal),
      targets_(transposed_times<double>(process.root(), means)) {
  shrinkage_ = Matrix<double>::uninitialised(targets_.rows(), targets_.cols());
  for (Index k = 0; k < shrinkage_.rows(); ++k) {
    for (Index j = 0; j < shrinkage_.cols(); ++j) {
      shrinkage_(k, j) = signal_[at(j)] / (signal_[at(j)] * process.values_[at(k)] + 1.0);
      targets_(k, j) *= shrinkage_(k, j);
    }
  }
}

// With G N^1/2 U = N^-1/2 U diag(e) the mean is N^-1/2 U diag(e) targets, and the variance, l_j
// G_cc less what the means tell, is sum_k U_ck^2 l_j e_k / (l_j e_k + 1) / n_c: nothing cancels.
Gaussians ClassPosterior::seen() const {
  Matrix<double> weighted = targets_.clone();
  scale_rows(weighted.view(), process_.values_);
  Matrix<double> parts = shrinkage_.clone();
  scale_rows(parts.view(), process_.values_);
  Gaussians out{transposed_times<double>(process_.vectors_, weighted),
                transposed_times<double>(squared(process_.vectors_), parts)};
  for (Index c = 0; c < out.mean.rows(); ++c) {
    const double count = process_.counts_[at(c)];
    for (double& value : out.mean.row(c)) value /= std::sqrt(count);
    for (double& value : out.variance.row(c)) value = 1.0 + value / count;
  }
  return out;
}

Gaussians ClassPosterior::predicted(MatrixView<const double> in_basis,
                                    const std::vector<double>& alone) const {
  const double a = process_.explained();
  Gaussians out{times<double>(in_basis, targets_), times<double>(squared(in_basis), shrinkage_)};
  for (Index c = 0; c < out.mean.rows(); ++c) {
    for (double& value : out.mean.row(c)) value *= a;
    for (Index j = 0; j < out.variance.cols(); ++j) {
      const double left = a * alone[at(c)] + (1.0 - a) - a * a * out.variance(c, j);
      out.variance(c, j) = 1.0 + signal_[at(j)] * std::max(left, 0.0);
    }
  }
  return out;
}

Matrix<double> ClassPosterior::coefficients() const {
  Matrix<double> out = times<double>(process_.root(), targets_);
  for (Index c = 0; c < out.rows(); ++c) {
    for (double& value : out.row(c)) value *= process_.explained();
  }
  return out;
}

Matrix<double> ClassPosterior::share() const {
  Matrix<double> out = shrinkage_.clone();
  for (Index k = 0; k < out.rows(); ++k) {
    for (double& value : out.row(k)) value *= process_.explained();
  }
  return out;
}

}  // namespace dem
