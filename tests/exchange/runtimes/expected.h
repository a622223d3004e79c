// Features for models that classify, and what ought to come of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <vector>

#include "base/text.h"
#include "dem/dem.h"
#include "exchange/runtimes/models.h"
#include "exchange/runtimes/oracles.h"
#include "support/random_matrix.h"

namespace dem::test {

inline constexpr Index kTopK = 5;
inline constexpr Index kFarDims = 24;

// Half of all rows repeat those that ought to give trouble: zeros, a prototype itself, numbers far
// from one (where a norm is taken at once), a far place.
inline Matrix<float> features_of(const Model& model, Index batch, Rng& rng) {
  Matrix<float> features = normal_matrix(batch, kFeatureDim, 1.0, rng);
  const auto& steps = model.feature_map.steps();
  const auto* first = steps.empty() ? nullptr : std::get_if<FeatureScaling>(&steps[0]);
  const bool normalised = steps.empty() ? model.metric == Metric::kCosine
                                        : first != nullptr && first->kind == ScalingKind::kL2;
  const bool of_one_space = model.prototypes.rows.cols() == kFeatureDim;
  for (Index i = 0; i < batch; ++i) {
    const Index kind = batch == 1 ? 4 : i % 8;
    const auto prototype = model.prototypes.rows.row(i % model.prototypes.rows.rows());
    const auto row = features.row(i);
    for (std::size_t d = 0; d < row.size(); ++d) {
      const float near = of_one_space ? prototype[d] : 1.0f;
      row[d] = std::abs(row[d]) + near;
      if (kind == 0) row[d] = 0.0f;
      if (kind == 1) row[d] = near;
      if (kind == 2 && normalised) row[d] *= 1e-30f;
      if (kind == 3 && normalised) row[d] *= 1e30f;
    }
    if (kind == 5) {
      for (float& value : row.last(kFarDims)) value += 30000.0f;
    }
  }
  return features;
}

// Rows of features with what the oracle makes of them.
struct Expected {
  Matrix<float> features, scores, probabilities, best;
  std::vector<double> tolerance, softmax_tolerance;  // a number a row

  Expected(Matrix<float> rows, Index num_classes)
      : features(std::move(rows)),
        scores(features.rows(), num_classes),
        probabilities(features.rows(), num_classes),
        best(features.rows(), kTopK) {}
};

inline Expected expected_of(const Model& model, Matrix<float> features) {
  Expected all(std::move(features), model.classes.size());
  const Oracle oracle(model);
  for (Index i = 0; i < all.features.rows(); ++i) {
    const auto z = mapped(model.feature_map, all.features.row(i));
    std::vector<double> exact = oracle.scores(z);
    const std::vector<double> softmax = oracle.probabilities(exact);
    std::copy(exact.begin(), exact.end(), all.scores.row(i).begin());
    std::copy(softmax.begin(), softmax.end(), all.probabilities.row(i).begin());
    double largest = 0.0;  // and what rounding to a file adds
    for (const double score : exact) largest = std::max(largest, std::abs(score));
    all.tolerance.push_back(oracle.score_tolerance(z) + kUnit * largest);
    all.softmax_tolerance.push_back(oracle.probability_tolerance(z, exact));
    std::partial_sort(exact.begin(), exact.begin() + kTopK, exact.end(), std::greater<>());
    std::copy_n(exact.begin(), kTopK, all.best.row(i).begin());
  }
  return all;
}

// dem's own scores are these, and its probabilities, whose sums over classes may be in float32,
// within a thousandth and the tolerance; of some classes of a model, where these are given.
inline void require_dem_agrees(const Model& model,
                               const Expected& expected,
                               const std::vector<ClassId>& candidates = {}) {
  const Index num_classes = expected.scores.cols();
  const PredictOptions options{.top_k = num_classes, .candidates = candidates};
  const Prediction all = Predictor(model, options).predict(expected.features);
  const auto place_of = [&](ClassId id) {
    if (candidates.empty()) return Index{id};
    return static_cast<Index>(std::find(candidates.begin(), candidates.end(), id) -
                              candidates.begin());
  };
  const auto require = [](const char* what, Index row, double got, double wanted, double off) {
    if (std::abs(got - wanted) <= off) return;
    throw std::runtime_error(
        concat("dem's ", what, ", row ", row, ": expected ", wanted, ", got ", got));
  };
  for (Index i = 0; i < expected.features.rows(); ++i) {
    const auto row = static_cast<std::size_t>(i);
    for (Index j = 0; j < num_classes; ++j) {
      const Index c = place_of(all.classes(i, j));
      require("score",
              i,
              double{all.scores(i, j)},
              double{expected.scores(i, c)},
              expected.tolerance[row]);
      const auto probability = double{expected.probabilities(i, c)};
      require("probability",
              i,
              double{all.probabilities(i, j)},
              probability,
              1e-3 * probability + 1e-30 + expected.softmax_tolerance[row]);
    }
  }
}

}  // namespace dem::test
