// A small random training problem for tests.
#pragma once

#include <numeric>
#include <string>
#include <vector>

#include "dem/learn/trainer.h"
#include "support/random_matrix.h"

namespace dem::test {

// Features are not negative, as a CNN's last layer gives them, and the network's weights random of
// a size that leaves about half of all ReLUs open.
struct TrainingCase {
  NetworkSpec spec;
  Network network;
  Matrix<float> features;
  std::vector<ClassId> labels;
  std::vector<Index> rows;
  std::vector<Matrix<float>> embeddings;
  TrainingSet data;
  Recipe recipe;

  TrainingCase(const NetworkSpec& network_spec, Index num_rows, Index num_classes, Rng& rng)
      : spec(network_spec), network(network_spec) {
    features = normal_matrix(num_rows, spec.feature_dim, 1.0, rng);
    for (Index i = 0; i < features.size(); ++i) features.data()[i] = std::abs(features.data()[i]);
    for (Index i = 0; i < num_rows; ++i) {
      labels.push_back(static_cast<ClassId>(rng.below(static_cast<std::uint64_t>(num_classes))));
    }
    rows.resize(static_cast<std::size_t>(num_rows));
    std::iota(rows.begin(), rows.end(), Index{0});
    for (const NetworkInput& input : spec.inputs) {
      embeddings.push_back(normal_matrix(num_classes, input.dim, 1.0, rng));
    }
    fill_normal(network.parameters(), 0.4, rng);
    data = {features, labels, rows, {embeddings.begin(), embeddings.end()}};
    set_recipe();
  }
  TrainingCase(const TrainingCase&) = delete;
  TrainingCase& operator=(const TrainingCase&) = delete;

 private:
  void set_recipe() {
    recipe.name = "test";
    recipe.network.emplace();
    recipe.network->hidden_dim = spec.hidden_dim;
    recipe.network->hidden_activation = spec.hidden_activation;
    for (const NetworkInput& input : spec.inputs) recipe.network->input_gains.push_back(input.gain);
    const auto layers = static_cast<std::size_t>(spec.num_layers());
    recipe.network->init_sigma.assign(layers, 0.1);
    recipe.network->l2_penalty.assign(layers, 0.0);
    recipe.network->batch_size = std::min<Index>(16, static_cast<Index>(rows.size()));
    recipe.network->num_epochs = 3;
    recipe.network->learning_rate = 1e-2;
  }
};

}  // namespace dem::test
