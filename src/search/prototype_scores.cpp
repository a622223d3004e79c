#include "search/prototype_scores.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "base/parallel.h"
#include "linalg/double_sums.h"
#include "search/row_kernels.h"

namespace dem {
namespace {

constexpr double kDoubleUnit = 0x1p-53;  // v
// Norms and products of norms below this leave room for every partial sum of a float32 product.
constexpr double kLargest = 0x1p120;
// 1 / |p| is a float32 of full precision above it.
constexpr double kSmallestNorm = 0x1p-120;
// gamma is below 1/3 up to here, and the comment's second-order terms are small.
constexpr Index kMostDimensions = Index{1} << 20;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float round_up(double value) {
  const float nearest = static_cast<float>(value);
  return static_cast<double>(nearest) < value ? std::nextafter(nearest, kInfinity) : nearest;
}

float round_down(double value) {
  return -round_up(-value);
}

double gamma_of(Index dim) {
  const double sum = static_cast<double>(dim) * kFloatUnit;
  return sum / (1.0 - sum);
}

// At least the norm of x; float32 sums do, at a fraction of the cost of double ones.
double norm_bound(const RowMagnitude& magnitude, Index dim) {
  // Squares and sums below 2^-126 may have been lost.
  const double lost = 2.0 * static_cast<double>(dim) * 0x1p-126;
  return std::sqrt(static_cast<double>(magnitude.squared_sum) * (1.0 + 2.0 * gamma_of(dim)) +
                   lost) *
         kSecondOrder;
}

}  // namespace

PrototypeScores::PrototypeScores(MatrixView<const float> prototypes, Metric metric)
    : prototypes_(prototypes),
      metric_(metric),
      relative_error_((gamma_of(prototypes.cols()) + 4.0 * kFloatUnit) * kSecondOrder),
      underflow_(4.0 * static_cast<double>(prototypes.cols()) * 0x1p-126) {
  const std::size_t m = static_cast<std::size_t>(prototypes.rows());
  for (std::vector<float>* array : {&low_, &high_, &scale_, &reach_}) array->resize(m);
  norms_.resize(m);
  constexpr Index kGrain = 64;
  parallel_for(prototypes.rows(), kGrain, [this](Index first, Index last) {
    for (Index row = first; row < last; ++row) prepare(row);
  });
  transpose();
  for (std::size_t j = 0; j < m; ++j) {
    if (low_[j] != -kInfinity) largest_norm_ = std::max(largest_norm_, norms_[j]);
  }
}

void PrototypeScores::transpose() {
  constexpr Index kMostElements = Index{1} << 22;
  const Index m = prototypes_.rows(), dim = prototypes_.cols();
  if (m > kMostElements / std::max<Index>(dim, 1)) return;
  transposed_ = Matrix<float>::uninitialised(dim, m);
  for (Index j = 0; j < m; ++j) {
    for (Index d = 0; d < dim; ++d) transposed_(d, j) = prototypes_(j, d);
  }
}

void PrototypeScores::prepare(Index row) {
  const std::size_t j = static_cast<std::size_t>(row);
  const double squared = squared_norm(prototypes_.row(row));
  const double norm = std::sqrt(squared);
  norms_[j] = norm;
  const bool euclidean = metric_ == Metric::kEuclidean;
  const bool usable =
      euclidean ? squared < kLargest : norm == 0.0 || (norm > kSmallestNorm && norm < kLargest);
  if (!usable) {
    low_[j] = -kInfinity;
    high_[j] = kInfinity;
  } else if (euclidean) {
    const double dim = static_cast<double>(prototypes_.cols());
    const double half_width =
        (2.0 * kFloatUnit * kSecondOrder + (dim + 4.0) * kDoubleUnit) * squared;
    low_[j] = round_down(squared / 2 - half_width);
    high_[j] = round_up(squared / 2 + half_width);
    scale_[j] = 1.0f;
    reach_[j] = round_up(norm);
  } else if (norm > 0.0) {
    high_[j] = round_up(underflow_ / norm);
    low_[j] = -high_[j];
    scale_[j] = static_cast<float>(1.0 / norm);
    reach_[j] = 1.0f;
  }
}

QueryBound PrototypeScores::bound(std::span<const float> query) const {
  const double dim = static_cast<double>(query.size());
  const RowMagnitude magnitude = magnitude_of(query);
  const double norm = norm_bound(magnitude, static_cast<Index>(query.size()));
  QueryBound bound;
  bound.norm = norm;
  bound.largest = magnitude.largest;
  bound.exact_only = !(std::max(norm, norm * largest_norm_) < kLargest) ||
                     static_cast<Index>(query.size()) > kMostDimensions;
  if (bound.exact_only) return bound;
  bound.product_error = round_up(relative_error_ * norm);
  bound.noise = metric_ == Metric::kEuclidean ? (dim + 4.0) * kDoubleUnit * norm * norm + underflow_
                                              : (2.0 * dim + 8.0) * kDoubleUnit * norm;
  return bound;
}

bool PrototypeScores::usable(Index j) const {
  return low_[static_cast<std::size_t>(j)] != -kInfinity;
}

double PrototypeScores::norm_of(std::span<const float> query) const {
  return metric_ == Metric::kCosine ? std::sqrt(squared_norm(query)) : 0.0;
}

double PrototypeScores::exact_distance(std::span<const float> query,
                                       double query_norm,
                                       Index prototype) const {
  const std::span<const float> p = prototypes_.row(prototype);
  double distance = 1.0;
  if (metric_ == Metric::kEuclidean) {
    distance = squared_distance(query, p);
  } else if (const double norms = query_norm * norms_[static_cast<std::size_t>(prototype)];
             norms != 0.0) {
    distance = 1.0 - dot(query, p) / norms;
  }
  return std::isnan(distance) ? std::numeric_limits<double>::infinity() : distance;
}

}  // namespace dem
