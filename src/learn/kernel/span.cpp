#include "learn/kernel/span.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/at.h"
#include "learn/kernel/products.h"
#include "linalg/symmetric_eigen.h"

namespace dem {
namespace {

constexpr double kLeastSpanned = 1e-9;
constexpr double kSmallest = 1e-300;

}  // namespace

Matrix<double> span_of(MatrixView<const double> rows) {
  const SymmetricEigen eigen = symmetric_eigen(times_transposed<double>(rows, rows));
  const double least = std::max(kLeastSpanned * eigen.values.back(), kSmallest);
  std::vector<Index> kept;
  for (Index k = 0; k < eigen.size(); ++k) {
    if (eigen.values[at(k)] > least) kept.push_back(k);
  }
  if (kept.empty()) {
    Matrix<double> axis(rows.cols(), 1);
    axis(0, 0) = 1.0;
    return axis;
  }
  Matrix<double> combination(rows.rows(), static_cast<Index>(kept.size()));
  for (std::size_t j = 0; j < kept.size(); ++j) {
    const double root = std::sqrt(eigen.values[at(kept[j])]);
    for (Index c = 0; c < rows.rows(); ++c) {
      combination(c, static_cast<Index>(j)) = eigen.vectors(kept[j], c) / root;
    }
  }
  return transposed_times<double>(rows, combination);
}

}  // namespace dem
