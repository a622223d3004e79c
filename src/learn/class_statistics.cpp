#include "dem/learn/class_statistics.h"

#include <algorithm>
#include <numeric>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "learn/join_means.h"
#include "learn/outer_products.h"
#include "linalg/blas.h"

namespace dem {
namespace {

void require_same_shape(const ClassStatistics& a, const ClassStatistics& b) {
  if (a.num_classes() != b.num_classes() || a.feature_dim() != b.feature_dim()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("class statistics: expected [",
                       a.num_classes(),
                       " classes, ",
                       a.feature_dim(),
                       " features], got [",
                       b.num_classes(),
                       ", ",
                       b.feature_dim(),
                       "]"));
  }
  if (a.second_moment.empty() == b.second_moment.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              "class statistics: expected second moments in both or in none, got them in one");
}

// Of all images. [feature_dim]
std::vector<double> mean_of(const ClassStatistics& statistics) {
  std::vector<double> mean(at(statistics.feature_dim()));
  for (Index c = 0; c < statistics.num_classes(); ++c) {
    const auto count = static_cast<double>(statistics.counts[at(c)]);
    for (Index j = 0; j < statistics.feature_dim(); ++j) {
      mean[at(j)] += count * statistics.means(c, j);
    }
  }
  for (double& value : mean) value /= static_cast<double>(statistics.num_images());
  return mean;
}

}  // namespace

Index ClassStatistics::num_images() const {
  return std::accumulate(counts.begin(), counts.end(), Index{0});
}

double ClassStatistics::within() const {
  return std::accumulate(scatter.begin(), scatter.end(), 0.0);
}

std::vector<float> ClassStatistics::mean_feature() const {
  const std::vector<double> mean = mean_of(*this);
  return {mean.begin(), mean.end()};
}

ClassStatistics ClassStatistics::clone() const {
  return {counts, means.clone(), scatter, lowest, highest, second_moment.clone()};
}

void ClassStatistics::add(const ClassStatistics& other) {
  require_same_shape(*this, other);
  Matrix<double> apart(num_classes(), feature_dim());  // means' differences, weighted
  for (Index c = 0; c < num_classes(); ++c) {
    const Index a = counts[at(c)];
    const Index b = other.counts[at(c)];
    counts[at(c)] = a + b;
    if (b == 0) continue;
    join_means({a, b, means.row(c), other.means.row(c)}, scatter, apart.row(c));
  }
  for (std::size_t j = 0; j < scatter.size(); ++j) {
    scatter[j] += other.scatter[j];
    lowest[j] = std::min(lowest[j], other.lowest[j]);
    highest[j] = std::max(highest[j], other.highest[j]);
  }
  if (second_moment.empty()) return;
  for (Index i = 0; i < second_moment.size(); ++i) {
    second_moment.data()[i] += other.second_moment.data()[i];
  }
  add_outer_products(1.0, apart, second_moment);
  mirror(second_moment);
}

ClassStatistics ClassStatistics::moved(std::span<const Index> places, Index num_classes) const {
  ClassStatistics out{std::vector<Index>(at(num_classes)),
                      Matrix<double>(num_classes, feature_dim()),
                      scatter,
                      lowest,
                      highest,
                      second_moment.clone()};
  for (std::size_t c = 0; c < places.size(); ++c) {
    if (places[c] < 0) continue;
    out.counts[at(places[c])] = counts[c];
    const auto row = means.row(static_cast<Index>(c));
    std::copy(row.begin(), row.end(), out.means.row(places[c]).begin());
  }
  return out;
}

FeatureScaling ClassStatistics::fit_scaling(ScalingKind kind) const {
  if (num_images() == 0) {
    throw Error(ErrorKind::kInvalidArgument,
                "feature scaling: expected statistics of at least one image, got none");
  }
  if (kind == ScalingKind::kMinMax) return FeatureScaling::from_ranges(lowest, highest);
  if (kind != ScalingKind::kStandard) return {kind, {}, {}};
  const auto images = static_cast<double>(num_images());
  const std::vector<double> mean = mean_of(*this);
  std::vector<double> variance;
  for (Index j = 0; j < feature_dim(); ++j) {
    double squares = scatter[at(j)];
    for (Index c = 0; c < num_classes(); ++c) {
      const double difference = means(c, j) - mean[at(j)];
      squares += static_cast<double>(counts[at(c)]) * difference * difference;
    }
    variance.push_back(squares / images);
  }
  return FeatureScaling::from_moments(mean, variance);
}

void ClassStatistics::scale(const FeatureScaling& scaling) {
  if (scaling.kind == ScalingKind::kNone) return;
  if (scaling.kind == ScalingKind::kL2) {
    throw Error(ErrorKind::kInvalidArgument,
                "class statistics: expected a scaling by feature dimension, got l2, which goes by "
                "single images");
  }
  if (static_cast<Index>(scaling.shift.size()) != feature_dim()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("class statistics: expected a scaling of ",
                       feature_dim(),
                       " feature dimensions, got ",
                       scaling.shift.size()));
  }
  for (Index j = 0; j < feature_dim(); ++j) {
    const double shift = scaling.shift[at(j)];
    const double factor = scaling.factor[at(j)];
    for (Index c = 0; c < num_classes(); ++c) {
      if (counts[at(c)] > 0) means(c, j) = (means(c, j) - shift) * factor;
    }
    scatter[at(j)] *= factor * factor;
    lowest[at(j)] = (lowest[at(j)] - scaling.shift[at(j)]) * scaling.factor[at(j)];
    highest[at(j)] = (highest[at(j)] - scaling.shift[at(j)]) * scaling.factor[at(j)];
  }
  for (Index i = 0; i < second_moment.rows(); ++i) {
    for (Index j = 0; j < second_moment.cols(); ++j) {
      second_moment(i, j) *= double{scaling.factor[at(i)]} * double{scaling.factor[at(j)]};
    }
  }
}

}  // namespace dem
