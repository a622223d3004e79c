#include "learn/kernel/signal_space.h"

#include <algorithm>

#include "base/at.h"
#include "learn/kernel/products.h"
#include "linalg/symmetric_eigen.h"

namespace dem {
namespace {

constexpr double kLeastSignal = 1e-3;

}  // namespace

SignalSpace::SignalSpace(const WhitenedSpace& of) : SpaceAxes{of, {}} {
  const Matrix<double> means = of.project(of.scatter.means);
  Matrix<double> covariance = transposed_times<double>(means, means);
  const auto freedom = static_cast<double>(std::max<Index>(1, means.rows() - 1));
  for (Index i = 0; i < covariance.rows(); ++i) {
    for (double& value : covariance.row(i)) value /= freedom;
    covariance(i, i) -= of.scatter.noise;
  }
  const SymmetricEigen eigen = symmetric_eigen(std::move(covariance));
  std::vector<Index> kept;
  for (Index k = eigen.size() - 1; k >= 0; --k) {
    if (eigen.values[at(k)] > kLeastSignal) kept.push_back(k);
  }
  turn = Matrix<double>::uninitialised(static_cast<Index>(kept.size()), of.width());
  for (std::size_t j = 0; j < kept.size(); ++j) {
    signal.push_back(eigen.values[at(kept[j])]);
    const auto axis = eigen.vectors.row(kept[j]);
    std::copy(axis.begin(), axis.end(), turn.row(static_cast<Index>(j)).begin());
  }
}

}  // namespace dem
