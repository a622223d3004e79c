// Small models to write and read.
#pragma once

#include <cmath>

#include "dem/model/model.h"

namespace dem::testing {

// Numbers that differ from each other and are not whole.
inline void fill(std::span<float> values, float start) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(start + 0.7f * static_cast<float>(i));
  }
}

inline NetworkSpec fusion_spec() {
  return {.inputs = {{"word", 4, 1.0f}, {"attribute", 3, 1.7159f}},
          .hidden_dim = 5,
          .feature_dim = 6,
          .hidden_activation = Activation::kScaledTanh};
}

inline Network example_network(const NetworkSpec& spec) {
  Network network(spec);
  fill(network.parameters(), 1.0f);
  return network;
}

// Three classes described in two spaces, one of them unseen, scaled features.
inline Model example_model() {
  Model model;
  model.network = example_network(fusion_spec());
  model.scaling = {ScalingKind::kStandard, std::vector<float>(6), std::vector<float>(6)};
  fill(model.scaling.shift, 2.0f);
  fill(model.scaling.factor, 3.0f);
  model.classes.names = {"zebra", "B\xc3\xa4r \"brown\"", "ox"};
  model.classes.seen = {true, false, true};
  model.classes.spaces = {"word", "attribute"};
  for (const Index dim : {4, 3}) {
    Matrix<float> embeddings(3, dim);
    fill({embeddings.data(), static_cast<std::size_t>(embeddings.size())}, static_cast<float>(dim));
    model.classes.embeddings.push_back(std::move(embeddings));
  }
  model.float16_unseen_embeddings = true;
  model.metric = Metric::kCosine;
  // Not what update_prototypes() gives: a reader that recomputes them would be found out.
  model.prototypes = Matrix<float>(3, 6);
  fill({model.prototypes.data(), 18}, 9.0f);
  model.provenance = {{"recipe", "gbu"}, {"seed", "7"}, {"note", "line\nbreak"}, {"", "empty key"}};
  return model;
}

}  // namespace dem::testing
