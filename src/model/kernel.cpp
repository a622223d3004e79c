#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/check.h"
#include "base/enum_names.h"
#include "base/parallel.h"
#include "dem/model/kernel_map.h"
#include "linalg/blas.h"

namespace dem {
namespace {

constexpr EnumName<KernelKind> kKernelKinds[] = {{KernelKind::kLinear, "linear"},
                                                 {KernelKind::kCentred, "centred"},
                                                 {KernelKind::kQuartic, "quartic"},
                                                 {KernelKind::kGaussian, "gaussian"}};

Matrix<double> less(MatrixView<const double> rows, std::span<const double> centre) {
  Matrix<double> result = Matrix<double>::uninitialised(rows.rows(), rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    for (Index d = 0; d < rows.cols(); ++d) result(i, d) = rows(i, d) - centre[at(d)];
  }
  return result;
}

Matrix<double> products(MatrixView<const double> rows, MatrixView<const double> others) {
  Matrix<double> out = Matrix<double>::uninitialised(rows.rows(), others.rows());
  gemm(Transpose::kNo, Transpose::kYes, 1.0, rows, others, 0.0, out);
  return out;
}

std::vector<double> squared_norms(MatrixView<const double> rows) {
  std::vector<double> norms;
  for (Index i = 0; i < rows.rows(); ++i) {
    double sum = 0.0;
    for (const double value : rows.row(i)) sum += value * value;
    norms.push_back(sum);
  }
  return norms;
}

// From dot products to the kernel's values.
struct Shape {
  const Kernel& kernel;

  // `product` of rows with squared norms `a` and `b`.
  [[nodiscard]] double operator()(double product, double a, double b) const {
    switch (kernel.kind) {
      case KernelKind::kLinear:
        return product;
      case KernelKind::kCentred:
        return product * kernel.scale;
      case KernelKind::kQuartic: {
        const double square = 0.25 * (1.0 + product) * (1.0 + product);
        return square * square;
      }
      case KernelKind::kGaussian:
        break;
    }
    return std::exp(-kernel.scale * std::max(0.0, a + b - 2.0 * product));
  }
};

}  // namespace

std::string_view to_string(KernelKind kind) noexcept {
  return name_of(kKernelKinds, kind);
}

KernelKind kernel_kind_from_string(std::string_view name) {
  return value_of(kKernelKinds, name, "kernel");
}

bool Kernel::is_product() const noexcept {
  return kind == KernelKind::kLinear || kind == KernelKind::kCentred;
}

Matrix<double> Kernel::factors(MatrixView<const double> rows) const {
  DEM_CHECK_EQ(is_product(), true);
  const bool centred = kind == KernelKind::kCentred;
  const double root = centred ? std::sqrt(scale) : 1.0;
  Matrix<double> out = Matrix<double>::uninitialised(rows.rows(), rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    for (Index d = 0; d < rows.cols(); ++d) {
      out(i, d) = root * (centred ? rows(i, d) - centre[at(d)] : rows(i, d));
    }
  }
  return out;
}

Matrix<double> Kernel::between(MatrixView<const double> rows,
                               MatrixView<const double> others) const {
  const bool centred = kind == KernelKind::kCentred;
  Matrix<double> values =
      centred ? products(less(rows, centre), less(others, centre)) : products(rows, others);
  const std::vector<double> a = squared_norms(rows), b = squared_norms(others);
  constexpr Index kGrain = 16;
  parallel_for(values.rows(), kGrain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const std::span<double> row = values.row(i);
      for (std::size_t j = 0; j < row.size(); ++j) row[j] = Shape{*this}(row[j], a[at(i)], b[j]);
    }
  });
  return values;
}

std::vector<double> Kernel::with_itself(MatrixView<const double> rows) const {
  const bool centred = kind == KernelKind::kCentred;
  std::vector<double> values = squared_norms(centred ? less(rows, centre).view() : rows);
  for (double& value : values) value = Shape{*this}(value, value, value);
  return values;
}

}  // namespace dem
