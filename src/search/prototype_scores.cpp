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

PrototypeScores::PrototypeScores(const PrototypesView& prototypes, Metric metric)
    : all_(prototypes),
      metric_(metric),
      gamma_(gamma_of(prototypes.rows.cols())),
      underflow_(4.0 * static_cast<double>(prototypes.rows.cols()) * 0x1p-126) {
  all_.validate();
  for (Index j = 0; j < all_.rows.rows(); ++j) {
    const double scale = all_.scale_of(j);
    largest_scale_ = j == 0 ? scale : std::max(largest_scale_, scale);
  }
  form_ = find_form();
  const std::size_t m = static_cast<std::size_t>(all_.rows.rows());
  for (std::vector<float>* array : {&low_, &high_, &scale_, &reach_, &level_}) array->resize(m);
  norms_.resize(m);
  constexpr Index kGrain = 64;
  parallel_for(all_.rows.rows(), kGrain, [this](Index first, Index last) {
    for (Index row = first; row < last; ++row) prepare(row);
  });
  transpose();
  for (std::size_t j = 0; j < m; ++j) {
    if (low_[j] == -kInfinity) continue;
    largest_norm_ = std::max(largest_norm_, norms_[j]);
    largest_rate_ = std::max(largest_rate_, double{scale_[j]});
    largest_reach_ = std::max(largest_reach_, double{reach_[j]});
    largest_level_ = std::max(largest_level_, std::abs(double{level_[j]}));
  }
}

PrototypeScores::Form PrototypeScores::find_form() const {
  const auto differ = [](std::span<const float> values) {
    return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) != values.end();
  };
  if (metric_ == Metric::kEuclidean && differ(all_.scale)) return Form::kShifted;
  if (metric_ == Metric::kCosine && differ(all_.offset)) return Form::kUnitQuery;
  return Form::kPlain;
}

void PrototypeScores::transpose() {
  constexpr Index kMostElements = Index{1} << 22;
  const MatrixView<const float> rows = all_.rows;
  const Index m = rows.rows(), dim = rows.cols();
  if (m > kMostElements / std::max<Index>(dim, 1)) return;
  transposed_ = Matrix<float>::uninitialised(dim, m);
  for (Index j = 0; j < m; ++j) {
    for (Index d = 0; d < dim; ++d) transposed_(d, j) = rows(j, d);
  }
}

// The table in the header's comment.
PrototypeScores::Terms PrototypeScores::terms_of(Index row, double squared) const {
  const double norm = std::sqrt(squared);
  const double scale = double{all_.scale_of(row)} / largest_scale_;
  const double offset = (double{all_.offset_of(row)} - double{all_.offset_of(0)}) / largest_scale_;
  Terms terms;
  if (metric_ == Metric::kEuclidean) {
    terms = {scale * squared / 2 - offset / 2,
             scale * squared / 2 + std::abs(offset) / 2,
             scale,
             norm,
             squared < kLargest};
  } else if (metric_ == Metric::kCosine) {
    const bool is_zero = norm == 0.0;
    terms = {-offset,
             std::abs(offset),
             is_zero ? 0.0 : scale / norm,
             is_zero ? 0.0 : norm,
             is_zero || (norm > kSmallestNorm && norm < kLargest)};
  } else {
    terms = {-offset, std::abs(offset), scale, norm, squared < kLargest};
  }
  const bool rate_fits = terms.rate == 0.0 || terms.rate > kSmallestNorm;
  terms.usable = terms.usable && rate_fits && terms.magnitude < kLargest;
  return terms;
}

void PrototypeScores::prepare(Index row) {
  const std::size_t j = static_cast<std::size_t>(row);
  const double squared = squared_norm(all_.rows.row(row));
  norms_[j] = std::sqrt(squared);
  const Terms terms = terms_of(row, squared);
  if (!terms.usable) {
    low_[j] = -kInfinity;
    high_[j] = kInfinity;
    level_[j] = std::numeric_limits<float>::quiet_NaN();  // sums that it goes into show it
    return;
  }
  const double dim = static_cast<double>(all_.rows.cols());
  const double half_width =
      (4.0 * kFloatUnit * kSecondOrder + 2.0 * (dim + 8.0) * kDoubleUnit) * terms.magnitude +
      (metric_ == Metric::kCosine && form_ == Form::kPlain ? underflow_ * terms.rate : 0.0);
  low_[j] = round_down(terms.level - half_width);
  high_[j] = round_up(terms.level + half_width);
  level_[j] = static_cast<float>(terms.level);
  scale_[j] = static_cast<float>(terms.rate);
  reach_[j] = round_up(terms.rate * terms.length);
}

QueryBound PrototypeScores::bound(std::span<const float> query) const {
  const double dim = static_cast<double>(query.size());
  const RowMagnitude magnitude = magnitude_of(query);
  QueryBound bound;
  bound.norm = norm_bound(magnitude, static_cast<Index>(query.size()));
  bound.largest = magnitude.largest;
  bound.exact_only = !(std::max(bound.norm, bound.norm * largest_norm_) < kLargest) ||
                     static_cast<Index>(query.size()) > kMostDimensions;
  if (bound.exact_only) return bound;
  bound.product_error = round_up((gamma_ + 4.0 * kFloatUnit) * kSecondOrder * bound.norm);
  switch (metric_) {
    case Metric::kEuclidean:
      bound.noise = (dim + 8.0) * kDoubleUnit * bound.norm * bound.norm + underflow_;
      break;
    case Metric::kCosine:
      bound.noise = (2.0 * dim + 8.0) * kDoubleUnit * bound.norm;
      break;
    case Metric::kDot:
      bound.noise = underflow_;
      break;
  }
  if (adjusts_products()) adjust(bound, query);
  return bound;
}

// Factor or shift of a query, and what they add to the widths.
void PrototypeScores::adjust(QueryBound& bound, std::span<const float> query) const {
  // A unit query of fewer bits, or |x|^2 beyond float32, is left to double precision.
  constexpr double kShortest = 0x1p-60, kLongest = 0x1p60;
  const double squared = squared_norm(query);
  const double norm = std::sqrt(squared);
  if (form_ == Form::kShifted) {
    bound.exact_only = norm > kLongest;
    bound.shift = static_cast<float>(-squared / 2);
    bound.product_error = round_up((gamma_ + 6.0 * kFloatUnit) * kSecondOrder * bound.norm);
    bound.noise += 4.0 * kFloatUnit * kSecondOrder * bound.norm * bound.norm;
    return;
  }
  if (norm == 0.0) {
    bound.factor = 0.0f;
    bound.product_error = 0.0f;
    return;
  }
  bound.exact_only = norm < kShortest || norm > kLongest;
  bound.factor = static_cast<float>(1.0 / norm);
  bound.product_error = round_up((gamma_ + 7.0 * kFloatUnit) * kSecondOrder * (bound.norm / norm));
  bound.noise = (bound.noise + underflow_ * largest_rate_) / norm;
}

double PrototypeScores::score_of_cost(double query_norm) const {
  if (metric_ == Metric::kEuclidean) return 2.0 * largest_scale_;
  if (metric_ == Metric::kDot || form_ == Form::kUnitQuery) return largest_scale_;
  return query_norm > 0.0 ? largest_scale_ / query_norm : 0.0;
}

double PrototypeScores::usual_cost_error(double query_norm) const {
  constexpr double kRoundings = 4.0;  // of a product's sum, in units of half an ulp
  double product = largest_reach_ * query_norm;
  if (form_ == Form::kShifted) product += query_norm * query_norm / 2;
  if (form_ == Form::kUnitQuery) product = largest_reach_;
  return kFloatUnit * (kRoundings * product + 2.0 * largest_level_);
}

bool PrototypeScores::usable(Index j) const {
  return low_[static_cast<std::size_t>(j)] != -kInfinity;
}

double PrototypeScores::norm_of(std::span<const float> query) const {
  return metric_ == Metric::kCosine ? std::sqrt(squared_norm(query)) : 0.0;
}

double PrototypeScores::exact_score(std::span<const float> query,
                                    double query_norm,
                                    Index prototype) const {
  const std::span<const float> p = all_.rows.row(prototype);
  double closeness = 0.0;
  switch (metric_) {
    case Metric::kEuclidean:
      closeness = -squared_distance(query, p);
      break;
    case Metric::kCosine:
      if (const double norms = query_norm * norms_[static_cast<std::size_t>(prototype)];
          norms != 0.0) {
        closeness = dot(query, p) / norms;
      }
      break;
    case Metric::kDot:
      closeness = dot(query, p);
      break;
  }
  const double score =
      double{all_.scale_of(prototype)} * closeness + double{all_.offset_of(prototype)};
  return std::isnan(score) ? -std::numeric_limits<double>::infinity() : score;
}

}  // namespace dem
