#include "learn/kernel/kernel_regression.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "learn/kernel/products.h"
#include "linalg/symmetric_eigen.h"

namespace dem {
namespace {

constexpr double kLeastSpread = 1e-12;

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
  SymmetricEigen eigen = symmetric_eigen(kernel_.between(support, support));
  values_ = std::move(eigen.values);
  for (double& value : values_) value = std::max(value, 0.0);
  vectors_ = std::move(eigen.vectors);
  targets_ = times<double>(vectors_, means_);
}

Matrix<double> KernelRegression::in_basis(MatrixView<const double> rows) const {
  return times_transposed<double>(kernel_.between(rows, support_), vectors_);
}

std::vector<double> KernelRegression::shrinkage(double ridge) const {
  std::vector<double> factors;
  for (const double value : values_) factors.push_back(1.0 / (value + ridge));
  return factors;
}

KernelRegression::LeftOut KernelRegression::leave_one_out(double ridge) const {
  const std::vector<double> factors = shrinkage(ridge);
  LeftOut out;
  for (Index c = 0; c < num_classes(); ++c) {
    double diagonal = 0.0;
    for (Index k = 0; k < num_classes(); ++k) {
      diagonal += vectors_(k, c) * vectors_(k, c) * factors[at(k)];
    }
    out.variances.push_back(1.0 / diagonal);
  }
  Matrix<double> scaled = targets_.clone();
  scale_rows(scaled.view(), factors);
  out.residuals = transposed_times<double>(vectors_, scaled);
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
  Matrix<double> out = Matrix<double>::uninitialised(num_classes(), num_classes());
  const std::vector<double> factors = shrinkage(ridge);
  for (Index i = 0; i < out.rows(); ++i) {
    for (Index k = 0; k < out.cols(); ++k) out(i, k) = vectors_(k, i) * std::sqrt(factors[at(k)]);
  }
  return out;
}

}  // namespace dem
