// A training step as the formula of include/dem/learn/recipe.h has it: image by image, plain loops,
// double precision. The oracle of TrainStep.
#pragma once

#include <cmath>
#include <vector>

#include "dem/learn/trainer.h"
#include "support/naive_network.h"

namespace dem::test {

class NaiveStep {
 public:
  NaiveStep(const Network& network, const TrainingSet& data, const NetworkRecipe& recipe)
      : network_(network), data_(data), recipe_(recipe), m_(size()), v_(size()) {}

  // Loss before the update.
  double run(std::span<const Index> image_rows) {
    std::vector<double> g = gradient(image_rows);
    const double result = loss(image_rows);
    double squared = 0.0;
    for (const double value : g) squared += value * value;
    const double norm = std::sqrt(squared);
    const bool clips = recipe_.clip_norm > 0.0 && norm > recipe_.clip_norm;
    std::vector<double> w = network_.parameters();
    const std::vector<double> penalty = penalties();
    ++t_;
    for (std::size_t i = 0; i < g.size(); ++i) {
      if (clips) g[i] *= recipe_.clip_norm / norm;
      g[i] += penalty[i] * w[i];
      m_[i] = recipe_.beta1 * m_[i] + (1.0 - recipe_.beta1) * g[i];
      v_[i] = recipe_.beta2 * v_[i] + (1.0 - recipe_.beta2) * g[i] * g[i];
      const double rate = recipe_.learning_rate * std::sqrt(1.0 - std::pow(recipe_.beta2, t_)) /
                          (1.0 - std::pow(recipe_.beta1, t_));
      w[i] -= rate * m_[i] / (std::sqrt(v_[i]) + recipe_.epsilon);
    }
    network_.set_parameters(w);
    return result;
  }

  // Mean squared error, with the penalty where the recipe reports it.
  [[nodiscard]] double loss(std::span<const Index> image_rows) const {
    double total = mean_squared_error(image_rows);
    if (!recipe_.loss_includes_l2) return total;
    const std::vector<double> penalty = penalties();
    const std::vector<double> w = network_.parameters();
    for (std::size_t i = 0; i < w.size(); ++i) total += penalty[i] / 2.0 * w[i] * w[i];
    return total;
  }

  [[nodiscard]] double mean_squared_error(std::span<const Index> image_rows) const {
    double total = 0.0;
    for (const Index image : image_rows) {
      const std::vector<double> f = network_.forward(inputs_of(image)).output;
      for (std::size_t j = 0; j < f.size(); ++j) {
        const double difference = f[j] - feature(image, j);
        total += difference * difference;
      }
    }
    return total / elements(image_rows);
  }

  // Gradient of mean_squared_error in the order of Network::parameters().
  [[nodiscard]] std::vector<double> gradient(std::span<const Index> image_rows) const {
    NaiveNetwork sums = network_;
    sums.set_parameters(std::vector<double>(size(), 0.0));
    for (const Index image : image_rows) add_gradient(image, 2.0 / elements(image_rows), sums);
    return sums.parameters();
  }

  NaiveNetwork& network() { return network_; }
  [[nodiscard]] const NaiveNetwork& network() const { return network_; }

 private:
  [[nodiscard]] std::size_t size() const { return network_.parameters().size(); }
  [[nodiscard]] std::vector<std::vector<double>> inputs_of(Index image) const {
    return input_row(data_.class_embeddings, data_.labels[static_cast<std::size_t>(image)]);
  }
  [[nodiscard]] double feature(Index image, std::size_t j) const {
    return double{data_.visual_features(image, static_cast<Index>(j))};
  }
  [[nodiscard]] double elements(std::span<const Index> image_rows) const {
    return static_cast<double>(image_rows.size()) * static_cast<double>(network_.spec.feature_dim);
  }
  // Each parameter's l2_penalty.
  [[nodiscard]] std::vector<double> penalties() const {
    std::vector<double> all;
    for (std::size_t l = 0; l < network_.layers.size(); ++l) {
      const NaiveLayer& layer = network_.layers[l];
      all.insert(all.end(), layer.weight.size() + layer.bias.size(), recipe_.l2_penalty[l]);
    }
    return all;
  }

  static void add_outer(const std::vector<double>& delta,
                        const std::vector<double>& input,
                        NaiveLayer& sums) {
    for (std::size_t i = 0; i < delta.size(); ++i) {
      for (std::size_t j = 0; j < input.size(); ++j) {
        sums.weight[i * input.size() + j] += delta[i] * input[j];
      }
      sums.bias[i] += delta[i];
    }
  }

  void add_gradient(Index image, double factor, NaiveNetwork& sums) const {
    const std::vector<std::vector<double>> inputs = inputs_of(image);
    const NaiveNetwork::Trace trace = network_.forward(inputs);
    std::vector<double> delta;
    for (std::size_t j = 0; j < trace.output.size(); ++j) {
      const double error = factor * (trace.output[j] - feature(image, j));
      delta.push_back(error * NaiveNetwork::slope(network_.spec.output_activation, trace.last[j]));
    }
    if (network_.spec.hidden_dim == 0) return add_outer(delta, inputs[0], sums.layers[0]);
    add_outer(delta, trace.hidden, sums.layers.back());
    const NaiveLayer& last = network_.layers.back();
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      std::vector<double> branch(trace.hidden.size(), 0.0);
      for (std::size_t i = 0; i < branch.size(); ++i) {
        for (std::size_t j = 0; j < delta.size(); ++j) {
          branch[i] += delta[j] * last.weight[j * branch.size() + i];
        }
        branch[i] *= double{network_.spec.inputs[k].gain} *
                     NaiveNetwork::slope(network_.spec.hidden_activation, trace.first[k][i]);
      }
      add_outer(branch, inputs[k], sums.layers[k]);
    }
  }

  NaiveNetwork network_;
  const TrainingSet& data_;
  NetworkRecipe recipe_;
  std::vector<double> m_, v_;
  double t_ = 0.0;
};

}  // namespace dem::test
