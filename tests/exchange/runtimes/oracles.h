// What dem's numbers ought to be, by plain loops in double, and how far float32 may be off.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "dem/model/model.h"

namespace dem::test {

inline constexpr double kUnit = 0x1p-24;

inline void make_absolute(std::span<float> values) {
  for (float& value : values) value = std::abs(value);
}

// A sum of d products in float32 is off by at most d rounding units of the sum of their magnitudes,
// and by some sqrt(d) where roundings go either way. The network with all signs taken off gives
// that sum; roundings of the hidden layer pass through it as well.
inline std::vector<double> embed_tolerance(const dem::Network& network,
                                           const std::vector<Matrix<float>>& inputs) {
  dem::Network magnitudes = network.clone();
  make_absolute(magnitudes.parameters());
  std::vector<Matrix<float>> copies;
  for (const Matrix<float>& input : inputs) {
    copies.push_back(input.clone());
    make_absolute({copies.back().data(), static_cast<std::size_t>(copies.back().size())});
  }
  const std::vector<MatrixView<const float>> views(copies.begin(), copies.end());
  const Matrix<float> sums = magnitudes.forward(views);
  std::vector<double> tolerance;
  for (Index i = 0; i < sums.rows(); ++i) {
    const auto row = sums.row(i);
    const double largest = static_cast<double>(*std::max_element(row.begin(), row.end()));
    tolerance.push_back(4.0 * std::sqrt(1000.0) * kUnit * largest);
  }
  return tolerance;
}

inline double norm_of(std::span<const float> row) {
  double sum = 0.0;
  for (const float value : row) sum += double{value} * double{value};
  return std::sqrt(sum);
}

template <class A, class B>
double distance_squared(const A& a, const B& b) {
  double sum = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) {
    const double difference = double{a[d]} - double{b[d]};
    sum += difference * difference;
  }
  return sum;
}

inline double cosine(std::span<const float> a, std::span<const float> b) {
  double product = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) product += double{a[d]} * double{b[d]};
  const double norms = norm_of(a) * norm_of(b);
  return norms == 0.0 ? 0.0 : product / norms;
}

// Scores and probabilities of scaled features for the classes of a model.
class Oracle {
 public:
  explicit Oracle(const Model& model)
      : model_(model), mean_(static_cast<std::size_t>(model.prototypes.cols())) {
    const bool is_cosine = model.metric == Metric::kCosine;
    const auto rows = model.prototypes.rows();
    for (Index c = 0; c < rows; ++c) {
      const std::span<const float> prototype = model.prototypes.row(c);
      const double norm = is_cosine ? norm_of(prototype) : 1.0;
      std::vector<double> point(prototype.begin(), prototype.end());
      for (std::size_t d = 0; d < point.size(); ++d) {
        point[d] = norm > 0.0 ? point[d] / norm : 0.0;
        mean_[d] += point[d] / static_cast<double>(rows);
      }
      points_.push_back(std::move(point));
    }
    for (const std::vector<double>& point : points_) {
      widest_ = std::max(widest_, std::sqrt(distance_squared(point, mean_)));
    }
  }

  [[nodiscard]] std::vector<double> scores(std::span<const float> scaled) const {
    std::vector<double> scores;
    for (Index c = 0; c < model_.prototypes.rows(); ++c) {
      const std::span<const float> prototype = model_.prototypes.row(c);
      scores.push_back(model_.metric == Metric::kCosine ? cosine(scaled, prototype)
                                                        : -distance_squared(scaled, prototype));
    }
    return scores;
  }

  [[nodiscard]] std::vector<double> probabilities(std::span<const double> scores) const {
    const double best = *std::max_element(scores.begin(), scores.end());
    std::vector<double> values;
    double sum = 0.0;
    for (const double score : scores) {
      values.push_back(std::exp((score - best) / double{model_.temperature}));
      sum += values.back();
    }
    for (double& value : values) value /= sum;
    return values;
  }

  // Products of float32 vectors, as above, around the mean prototype; scaling a row by its norm
  // rounds it more, which the last term carries.
  [[nodiscard]] double score_tolerance(std::span<const float> scaled) const {
    if (model_.metric == Metric::kCosine) return 32.0 * kUnit;
    const double reach = reach_of(scaled);
    return 8.0 * kUnit * reach * (reach + rounded(scaled));
  }

  // A probability changes by no more than its exponent does, which is the difference of two scores
  // over the temperature. What all classes have in common leaves this difference alone: of the
  // products above, one side is a prototype's offset from the mean.
  // Where the best score leads by more than that, all others together have at most the rest.
  [[nodiscard]] double probability_tolerance(std::span<const float> scaled,
                                             std::vector<double> exact) const {
    const double other =
        model_.metric == Metric::kCosine ? 1.0 : reach_of(scaled) + rounded(scaled);
    const double difference = 2.0 * 8.0 * kUnit * widest_ * other;
    const double temperature = model_.temperature;
    std::partial_sort(exact.begin(), exact.begin() + 2, exact.end(), std::greater<>());
    const double lead = exact[0] - exact[1] - difference;
    const double rest =
        lead > 0.0 ? static_cast<double>(exact.size()) * std::exp(-lead / temperature) : 1.0;
    return 16.0 * kUnit + std::min({1.0, difference / temperature, rest});
  }

 private:
  [[nodiscard]] double reach_of(std::span<const float> scaled) const {
    return std::sqrt(distance_squared(scaled, mean_)) + widest_;
  }
  [[nodiscard]] double rounded(std::span<const float> scaled) const {
    return model_.scaling.kind == ScalingKind::kL2 ? norm_of(scaled) : 0.0;
  }

  const Model& model_;
  std::vector<std::vector<double>> points_;  // prototypes, or their directions
  std::vector<double> mean_;                 // of the points
  double widest_ = 0.0;                      // the largest distance of a point from the mean
};

}  // namespace dem::test
