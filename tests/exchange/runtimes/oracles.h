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
  NetworkSpec spec = network.spec();
  for (NetworkInput& input : spec.inputs) input.gain = std::abs(input.gain);
  dem::Network magnitudes(spec);
  std::copy(
      network.parameters().begin(), network.parameters().end(), magnitudes.parameters().begin());
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

template <class A>
double norm_of(const A& row) {
  double sum = 0.0;
  for (const auto value : row) sum += double{value} * double{value};
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

template <class A, class B>
double dot(const A& a, const B& b) {
  double product = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) product += double{a[d]} * double{b[d]};
  return product;
}

template <class A, class B>
double cosine(const A& a, const B& b) {
  const double norms = norm_of(a) * norm_of(b);
  return norms == 0.0 ? 0.0 : dot(a, b) / norms;
}

// Numbers in double, and how far each may be off in float32.
struct Approximate {
  std::vector<double> values;
  std::vector<double> errors;

  explicit Approximate(std::span<const float> row)
      : values(row.begin(), row.end()), errors(row.size(), 0.0) {}
};

inline void make_unit(Approximate& row) {
  const double norm = norm_of(row.values);
  if (norm == 0.0) return;
  const double error = norm_of(row.errors) / norm;
  for (std::size_t d = 0; d < row.values.size(); ++d) {
    row.values[d] /= norm;
    row.errors[d] = row.errors[d] / norm + (error + 4.0 * kUnit) * std::abs(row.values[d]);
  }
}

inline void map_affinely(const Matrix<float>& weight,
                         std::span<const float> bias,
                         Approximate& row) {
  Approximate out(bias);
  for (std::size_t i = 0; i < bias.size(); ++i) {
    const auto w = weight.row(static_cast<Index>(i));
    double magnitude = std::abs(out.values[i]);
    double inherited = 0.0;
    for (std::size_t d = 0; d < w.size(); ++d) {
      out.values[i] += double{w[d]} * row.values[d];
      magnitude += std::abs(double{w[d]} * row.values[d]);
      inherited += std::pow(double{w[d]} * row.errors[d], 2);
    }
    const double terms = static_cast<double>(w.size());
    out.errors[i] = std::sqrt(terms) * kUnit * magnitude + 2.0 * std::sqrt(inherited);
  }
  row = out;
}

inline void raise_to(double exponent, Approximate& row) {
  const auto raised = [exponent](double v) { return std::pow(std::max(v, 0.0), exponent); };
  for (std::size_t d = 0; d < row.values.size(); ++d) {
    const double magnitude = std::abs(row.values[d]);
    const double error = row.errors[d];
    const double up = raised(magnitude + error) - raised(magnitude);
    const double down = raised(magnitude) - raised(magnitude - error);
    const double flipped = raised(error - magnitude);  // 0 unless the sign may be wrong
    row.values[d] = std::copysign(raised(magnitude), row.values[d]);
    row.errors[d] = std::max(up, down + flipped) + 8.0 * kUnit * std::abs(row.values[d]);
  }
}

inline void add_squares(Approximate& row) {
  const std::size_t width = row.values.size();
  for (std::size_t d = 0; d < width; ++d) {
    const double value = row.values[d], error = row.errors[d];
    row.values.push_back(value * value);
    row.errors.push_back((2.0 * std::abs(value) + error) * error + 2.0 * kUnit * value * value);
  }
}

inline void map_side_by_side(const SideBySide& step, Approximate& row);

// A row of features behind a map.
inline Approximate mapped(const FeatureMap& map, Approximate row) {
  for (const FeatureMap::Step& step : map.steps()) {
    if (const auto* affine = std::get_if<AffineMap>(&step)) {
      map_affinely(affine->weight, affine->bias, row);
    } else if (const auto* power = std::get_if<PowerMap>(&step)) {
      raise_to(double{power->exponent}, row);
    } else if (std::holds_alternative<WithSquares>(step)) {
      add_squares(row);
    } else if (const auto* maps = std::get_if<SideBySide>(&step)) {
      map_side_by_side(*maps, row);
    } else if (const auto& scaling = std::get<FeatureScaling>(step); scaling.shift.empty()) {
      make_unit(row);
    } else {
      for (std::size_t d = 0; d < row.values.size(); ++d) {
        const double factor = double{scaling.factor[d]};
        row.values[d] = (row.values[d] - double{scaling.shift[d]}) * factor;
        row.errors[d] = row.errors[d] * std::abs(factor) + 2.0 * kUnit * std::abs(row.values[d]);
      }
    }
  }
  return row;
}

inline void map_side_by_side(const SideBySide& step, Approximate& row) {
  Approximate all({});
  for (const FeatureMap& map : step.maps) {
    const Approximate part = mapped(map, row);
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
    all.errors.insert(all.errors.end(), part.errors.begin(), part.errors.end());
  }
  row = std::move(all);
}

inline Approximate mapped(const FeatureMap& map, std::span<const float> features) {
  return mapped(map, Approximate(features));
}

// No slope is above the 1.15 of the scaled tanh, and a tanh of float32 is off by some units.
inline void apply_activation(Activation activation, Approximate& row) {
  for (std::size_t d = 0; d < row.values.size(); ++d) {
    double& value = row.values[d];
    if (activation == Activation::kRelu) value = std::max(value, 0.0);
    if (activation == Activation::kTanh) value = std::tanh(value);
    if (activation == Activation::kScaledTanh) value = 1.7159 * std::tanh(2.0 / 3.0 * value);
    if (activation == Activation::kRelu || activation == Activation::kIdentity) continue;
    row.errors[d] = 1.15 * row.errors[d] + 8.0 * kUnit * std::abs(value);
  }
}

inline Approximate embedded_by_mlp(const MlpMap& map, Approximate row) {
  if (map.unit_rows) make_unit(row);
  for (const MlpLayer& layer : map.layers) {
    map_affinely(layer.weight, layer.bias, row);
    apply_activation(layer.activation, row);
  }
  return row;
}

// A description in each of some spaces, as a join has them.
inline Approximate joined(const SpaceJoin& join, const std::vector<std::span<const float>>& rows) {
  Approximate all(std::span<const float>{});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Approximate row(rows[i]);
    make_unit(row);
    for (std::size_t d = 0; d < row.values.size(); ++d) {
      const double root = std::sqrt(join.parts[i].weight);
      all.values.push_back(root * row.values[d]);
      all.errors.push_back(root * row.errors[d] + 2.0 * kUnit * std::abs(all.values.back()));
    }
  }
  return all;
}

// The prototype of a class, from its description in each space that the map takes; a map that is
// linear, the identity or an mlp.
inline Approximate embedded(const ClassMap& map,
                            const std::vector<std::span<const float>>& descriptions) {
  Approximate row = map.join() ? joined(*map.join(), descriptions) : Approximate(descriptions[0]);
  if (const auto* mlp = std::get_if<MlpMap>(&map.kind())) return embedded_by_mlp(*mlp, row);
  const auto* linear = std::get_if<LinearMap>(&map.kind());
  const bool unit_rows =
      linear != nullptr ? linear->unit_rows : std::get<IdentityMap>(map.kind()).unit_rows;
  if (unit_rows) make_unit(row);
  if (linear != nullptr) map_affinely(linear->weight, linear->bias, row);
  return row;
}

// Scores and probabilities of mapped features for the classes of a model.
class Oracle {
 public:
  explicit Oracle(const Model& model)
      : model_(model), mean_(static_cast<std::size_t>(model.prototypes.rows.cols())) {
    const auto rows = model.prototypes.rows.rows();
    for (Index c = 0; c < rows; ++c) {
      const std::span<const float> prototype = model.prototypes.rows.row(c);
      const double norm = model.metric == Metric::kCosine ? norm_of(prototype) : 1.0;
      const double scale = model.metric == Metric::kEuclidean ? 1.0 : scale_of(c);
      std::vector<double> point(prototype.begin(), prototype.end());
      for (std::size_t d = 0; d < point.size(); ++d) {
        point[d] = norm > 0.0 ? scale * point[d] / norm : 0.0;
        mean_[d] += point[d] / static_cast<double>(rows);
      }
      points_.push_back(std::move(point));
      largest_scale_ = std::max(largest_scale_, scale_of(c));
      one_scale_ = one_scale_ && scale_of(c) == scale_of(0);
      offset_error_ = std::max(offset_error_, 4.0 * kUnit * std::abs(offset_of(c)));
    }
    for (const std::vector<double>& point : points_) {
      widest_ = std::max(widest_, std::sqrt(distance_squared(point, mean_)));
    }
  }

  [[nodiscard]] std::vector<double> scores(const Approximate& z) const {
    std::vector<double> scores;
    for (Index c = 0; c < model_.prototypes.rows.rows(); ++c) {
      const double compared = comparison(z, model_.prototypes.rows.row(c));
      scores.push_back(scale_of(c) * compared + offset_of(c));
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

  // Products of float32 vectors, as above, around the mean prototype, and what the features were
  // off before.
  [[nodiscard]] double score_tolerance(const Approximate& z) const {
    const double error = norm_of(z.errors);
    if (model_.metric == Metric::kCosine) {
      return largest_scale_ * (32.0 * kUnit + direction_error(z)) + offset_error_;
    }
    if (model_.metric == Metric::kDot) {
      const double farthest = norm_of(mean_) + widest_;
      return (16.0 * kUnit * norm_of(z.values) + error) * farthest + offset_error_;
    }
    const double reach = reach_of(z);
    return largest_scale_ * (8.0 * kUnit * reach * reach + (2.0 * reach + error) * error) +
           offset_error_;
  }

  // A probability changes by no more than its exponent does, which is the difference of two scores
  // over the temperature. What all classes have in common leaves this difference alone: of the
  // products above, one side is a prototype's offset from the mean. (Of distances times scales that
  // differ, nothing is common.)
  // Where the best score leads by more than that, all others together have at most the rest.
  [[nodiscard]] double probability_tolerance(const Approximate& z,
                                             std::vector<double> exact) const {
    const double difference = difference_tolerance(z);
    const double temperature = model_.temperature;
    std::partial_sort(exact.begin(), exact.begin() + 2, exact.end(), std::greater<>());
    const double lead = exact[0] - exact[1] - difference;
    const double rest =
        lead > 0.0 ? static_cast<double>(exact.size()) * std::exp(-lead / temperature) : 1.0;
    return 16.0 * kUnit + std::min({1.0, difference / temperature, rest});
  }

 private:
  [[nodiscard]] double scale_of(Index c) const {
    return double{model_.prototypes.view().scale_of(c)};
  }
  [[nodiscard]] double offset_of(Index c) const {
    return double{model_.prototypes.view().offset_of(c)};
  }

  [[nodiscard]] double comparison(const Approximate& z, std::span<const float> prototype) const {
    switch (model_.metric) {
      case Metric::kCosine:
        return cosine(z.values, prototype);
      case Metric::kDot:
        return dot(z.values, prototype);
      case Metric::kEuclidean:
        break;
    }
    return -distance_squared(z.values, prototype);
  }

  [[nodiscard]] double difference_tolerance(const Approximate& z) const {
    const double error = norm_of(z.errors);
    if (model_.metric == Metric::kCosine) {
      return 2.0 * (widest_ * (8.0 * kUnit + direction_error(z)) + offset_error_);
    }
    if (model_.metric == Metric::kDot) {
      return 2.0 * (widest_ * (8.0 * kUnit * norm_of(z.values) + error) + offset_error_);
    }
    if (!one_scale_) return 2.0 * score_tolerance(z);
    return 2.0 *
           (largest_scale_ * widest_ * (8.0 * kUnit * reach_of(z) + 2.0 * error) + offset_error_);
  }

  // How far z / |z| may be off.
  [[nodiscard]] static double direction_error(const Approximate& z) {
    const double error = norm_of(z.errors);
    return error == 0.0 ? 0.0 : std::min(2.0, 2.0 * error / norm_of(z.values));
  }
  [[nodiscard]] double reach_of(const Approximate& z) const {
    return std::sqrt(distance_squared(z.values, mean_)) + widest_;
  }

  const Model& model_;
  std::vector<std::vector<double>> points_;  // what a row is compared with: prototypes, directions
  std::vector<double> mean_;                 // of the points
  double widest_ = 0.0;                      // the largest distance of a point from the mean
  double largest_scale_ = 0.0;
  bool one_scale_ = true;
  double offset_error_ = 0.0;  // of adding an offset
};

}  // namespace dem::test
