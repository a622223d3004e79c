#include "learn/kernel/kernel_regression.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "learn/kernel/products.h"
#include "linalg/symmetric_eigen.h"

namespace dem {
namespace {

constexpr double kLeastSpread = 1e-12;
constexpr double kSpanned = 1e-11;  // of the largest eigenvalue: below, a direction is rounding

double squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
}

// Of the squared distances between different support classes; 1 without two of them.
double median_squared_distance(MatrixView<const double> support) {
  const Matrix<double> products = times_transposed<double>(support, support);
  std::vector<double> distances;
  for (Index i = 0; i < support.rows(); ++i) {
    for (Index j = i + 1; j < support.rows(); ++j) {
      distances.push_back(std::max(0.0, 2.0 - 2.0 * products(i, j)));
    }
  }
  if (distances.empty()) return 1.0;
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  double median = *middle;
  if (distances.size() % 2 == 0) {
    median = 0.5 * (median + *std::max_element(distances.begin(), middle));
  }
  return median > 0.0 ? median : 1.0;
}

Kernel centred_kernel(MatrixView<const double> support) {
  Kernel kernel{.kind = KernelKind::kCentred};
  kernel.centre.assign(at(support.cols()), 0.0);
  const auto count = static_cast<double>(std::max<Index>(1, support.rows()));
  for (Index i = 0; i < support.rows(); ++i) {
    for (Index j = 0; j < support.cols(); ++j) kernel.centre[at(j)] += support(i, j) / count;
  }
  double spread = 0.0;
  for (Index i = 0; i < support.rows(); ++i) {
    spread += squared_distance(support.row(i), kernel.centre) / count;
  }
  kernel.scale = 1.0 / std::max(spread, kLeastSpread);
  return kernel;
}

}  // namespace

Kernel fitted_kernel(const KernelSpec& spec, MatrixView<const double> support) {
  if (spec.kind == KernelKind::kCentred) return centred_kernel(support);
  Kernel kernel{.kind = spec.kind};
  if (spec.kind == KernelKind::kGaussian) {
    kernel.scale = spec.sharpness / median_squared_distance(support);
  }
  return kernel;
}

KernelRegression::KernelRegression(const KernelSpec& spec,
                                   MatrixView<const double> support,
                                   MatrixView<const double> means)
    : kernel_(fitted_kernel(spec, support)), support_(support), means_(means) {
  const bool has_features = kernel_.is_product() && support.cols() < support.rows();
  has_features ? decompose_features(kernel_.factors(support)) : decompose();
  targets_ = times<double>(vectors_, means_);
}

void KernelRegression::decompose() {
  SymmetricEigen eigen = symmetric_eigen(kernel_.between(support_, support_));
  values_ = std::move(eigen.values);
  for (double& value : values_) value = std::max(value, 0.0);
  vectors_ = std::move(eigen.vectors);
}

void KernelRegression::decompose_features(Matrix<double> features) {
  const SymmetricEigen eigen = symmetric_eigen(transposed_times<double>(features, features));
  if (eigen.values.back() <= kLeastSpread) return decompose();  // descriptions are all the same
  const double least = std::max(kSpanned * eigen.values.back(), kLeastSpread);
  const auto first = std::find_if(
      eigen.values.begin(), eigen.values.end(), [&](double value) { return value > least; });
  const Index dropped = first - eigen.values.begin();
  const Index kept = eigen.size() - dropped;
  values_.assign(first, eigen.values.end());
  to_basis_ = Matrix<double>::uninitialised(features.cols(), kept);
  Matrix<double> unit = Matrix<double>::uninitialised(kept, features.cols());
  for (Index k = 0; k < kept; ++k) {
    const double root = std::sqrt(values_[at(k)]);
    for (Index j = 0; j < features.cols(); ++j) {
      to_basis_(j, k) = eigen.vectors(dropped + k, j) * root;
      unit(k, j) = eigen.vectors(dropped + k, j) / root;
    }
  }
  vectors_ = times_transposed<double>(unit, features);
}

Matrix<double> KernelRegression::in_basis(MatrixView<const double> rows) const {
  if (!to_basis_.empty()) return times<double>(kernel_.factors(rows), to_basis_);
  return times_transposed<double>(kernel_.between(rows, support_), vectors_);
}

std::vector<double> KernelRegression::shrinkage(double ridge) const {
  std::vector<double> factors;
  for (const double value : values_) factors.push_back(1.0 / (value + ridge));
  return factors;
}

KernelRegression::LeftOut KernelRegression::leave_one_out(double ridge) const {
  // The rest counts 1 / ridge, and is what the vectors leave of the whole.
  const double rest = has_rest() ? 1.0 / ridge : 0.0;
  std::vector<double> factors = shrinkage(ridge);
  for (double& factor : factors) factor -= rest;
  std::vector<double> diagonal(at(num_classes()), rest);
  for (Index k = 0; k < rank(); ++k) {
    const std::span<const double> vector = vectors_.view().row(k);
    for (std::size_t c = 0; c < vector.size(); ++c) {
      diagonal[c] += vector[c] * vector[c] * factors[at(k)];
    }
  }
  LeftOut out;
  for (const double value : diagonal) out.variances.push_back(1.0 / value);
  Matrix<double> scaled = targets_.clone();
  scale_rows(scaled.view(), factors);
  out.residuals = transposed_times<double>(vectors_, scaled);
  for (Index c = 0; has_rest() && c < num_classes(); ++c) {
    for (Index j = 0; j < out.residuals.cols(); ++j) out.residuals(c, j) += rest * means_(c, j);
  }
  scale_rows(out.residuals.view(), out.variances);
  return out;
}

Matrix<double> KernelRegression::coefficients(double ridge, MatrixView<const double> rows) const {
  Matrix<double> scaled = Matrix<double>::uninitialised(rows.rows(), rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    std::copy(rows.row(i).begin(), rows.row(i).end(), scaled.row(i).begin());
  }
  scale_rows(scaled.view(), shrinkage(ridge));
  return transposed_times<double>(vectors_, scaled);
}

Matrix<double> KernelRegression::root(double ridge) const {
  Matrix<double> out = Matrix<double>::uninitialised(num_classes(), rank());
  const std::vector<double> factors = shrinkage(ridge);
  for (Index i = 0; i < out.rows(); ++i) {
    for (Index k = 0; k < out.cols(); ++k) out(i, k) = vectors_(k, i) * std::sqrt(factors[at(k)]);
  }
  return out;
}

}  // namespace dem
