// The models that other runtimes are given: the reference's networks with random weights.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "dem/dem.h"
#include "support/random_matrix.h"

namespace dem::test {

inline constexpr Index kNumClasses = 50;
inline constexpr Index kFeatureDim = 1024;

inline NetworkSpec spec_of(const std::string& mode) {
  if (mode == "att") {
    return {.inputs = {{"attribute", 85, 1.0f}}, .hidden_dim = 700, .feature_dim = kFeatureDim};
  }
  if (mode == "word") {
    return {.inputs = {{"word", 1000, 1.0f}}, .hidden_dim = 0, .feature_dim = kFeatureDim};
  }
  return {.inputs = {{"word", 1000, 1.0f}, {"attribute", 85, 3.0f}},
          .hidden_dim = 900,
          .feature_dim = kFeatureDim,
          .hidden_activation = mode == "fusion" ? Activation::kScaledTanh : Activation::kTanh};
}

// Weights that keep the size of what passes through.
inline Network network_of(const std::string& mode, Rng& rng) {
  Network network(spec_of(mode));
  for (Index l = 0; l < network.num_layers(); ++l) {
    const auto layer = network.layer(l);
    const auto in = static_cast<double>(layer.weight.cols());
    for (Index i = 0; i < layer.weight.rows(); ++i) {
      fill_normal(layer.weight.row(i), 1.0 / std::sqrt(in), rng);
    }
    fill_normal(layer.bias, 0.1, rng);
  }
  return network;
}

inline Model model_of(const std::string& mode, Rng& rng) {
  Model model;
  model.network = network_of(mode, rng);
  for (const NetworkInput& input : model.network.spec().inputs) {
    model.classes.spaces.push_back(input.space);
    model.classes.embeddings.push_back(normal_matrix(kNumClasses, input.dim, 1.0, rng));
  }
  for (Index c = 0; c < kNumClasses; ++c) {
    model.classes.names.push_back("class " + std::to_string(c));
    model.classes.seen.push_back(c % 5 != 0);
  }
  model.update_prototypes();
  for (float& value : model.prototypes.row(7)) value = 0.0f;
  model.provenance = {{"recipe", "test"}, {"train_mode", mode}};
  return model;
}

inline void set_scaling(Model& model, ScalingKind kind, Rng& rng) {
  const Matrix<float> sample = normal_matrix(200, kFeatureDim, 2.0, rng);
  std::vector<Index> rows;
  for (Index i = 0; i < sample.rows(); ++i) rows.push_back(i);
  model.scaling = FeatureScaling::fit(kind, sample, rows);
}

}  // namespace dem::test
