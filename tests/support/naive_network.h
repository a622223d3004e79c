// The networks of include/dem/model/network.h once more, written down from the formula there with
// plain loops in double: the oracle of tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "dem/model/network.h"

namespace dem::test {

// One layer's parameters as doubles.
struct NaiveLayer {
  Index out = 0;
  Index in = 0;
  std::vector<double> weight;  // [out, in]
  std::vector<double> bias;    // [out]
};

struct NaiveNetwork {
  NetworkSpec spec;
  std::vector<NaiveLayer> layers;

  explicit NaiveNetwork(const Network& network) : spec(network.spec()) {
    for (Index l = 0; l < network.num_layers(); ++l) {
      const LayerView<const float> view = network.layer(l);
      NaiveLayer layer{view.weight.rows(), view.weight.cols(), {}, {}};
      for (Index i = 0; i < layer.out; ++i) {
        for (Index j = 0; j < layer.in; ++j) layer.weight.push_back(double{view.weight(i, j)});
      }
      layer.bias.assign(view.bias.begin(), view.bias.end());
      layers.push_back(layer);
    }
  }

  // All parameters in the order of Network::parameters().
  [[nodiscard]] std::vector<double> parameters() const {
    std::vector<double> all;
    for (const NaiveLayer& layer : layers) {
      all.insert(all.end(), layer.weight.begin(), layer.weight.end());
      all.insert(all.end(), layer.bias.begin(), layer.bias.end());
    }
    return all;
  }
  void set_parameters(std::span<const double> all) {
    auto next = all.begin();
    for (NaiveLayer& layer : layers) {
      for (double& w : layer.weight) w = *next++;
      for (double& b : layer.bias) b = *next++;
    }
  }

  [[nodiscard]] static double activate(Activation activation, double z) {
    switch (activation) {
      case Activation::kRelu:
        return std::max(z, 0.0);
      case Activation::kTanh:
        return std::tanh(z);
      case Activation::kScaledTanh:
        return 1.7159 * std::tanh(2.0 * z / 3.0);
      case Activation::kIdentity:
        return z;
    }
    return 0.0;
  }
  // The derivative of activate().
  [[nodiscard]] static double slope(Activation activation, double z) {
    switch (activation) {
      case Activation::kRelu:
        return z > 0.0 ? 1.0 : 0.0;
      case Activation::kTanh:
        return 1.0 / (std::cosh(z) * std::cosh(z));
      case Activation::kScaledTanh:
        return 1.7159 * 2.0 / 3.0 / (std::cosh(2.0 * z / 3.0) * std::cosh(2.0 * z / 3.0));
      case Activation::kIdentity:
        return 1.0;
    }
    return 0.0;
  }

  [[nodiscard]] static std::vector<double> linear(const NaiveLayer& layer,
                                                  std::span<const double> input) {
    std::vector<double> out(layer.bias);
    for (Index i = 0; i < layer.out; ++i) {
      for (Index j = 0; j < layer.in; ++j) {
        out[static_cast<std::size_t>(i)] +=
            layer.weight[static_cast<std::size_t>(i * layer.in + j)] *
            input[static_cast<std::size_t>(j)];
      }
    }
    return out;
  }

  // What a forward pass of one description leaves behind.
  struct Trace {
    std::vector<std::vector<double>> first;  // W_i z_i + b_i, one an input
    std::vector<double> hidden;              // h; empty without a hidden layer
    std::vector<double> last;                // before the output's activation
    std::vector<double> output;
  };

  [[nodiscard]] Trace forward(const std::vector<std::vector<double>>& inputs) const {
    Trace trace;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      trace.first.push_back(linear(layers[k], inputs[k]));
    }
    if (spec.hidden_dim == 0) {
      trace.last = trace.first[0];
    } else {
      trace.hidden.assign(static_cast<std::size_t>(spec.hidden_dim), 0.0);
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        for (std::size_t i = 0; i < trace.hidden.size(); ++i) {
          trace.hidden[i] +=
              double{spec.inputs[k].gain} * activate(spec.hidden_activation, trace.first[k][i]);
        }
      }
      trace.last = linear(layers.back(), trace.hidden);
    }
    for (const double z : trace.last) trace.output.push_back(activate(spec.output_activation, z));
    return trace;
  }
};

// Row i of each input, as doubles.
inline std::vector<std::vector<double>> input_row(std::span<const MatrixView<const float>> inputs,
                                                  Index i) {
  std::vector<std::vector<double>> rows;
  for (const MatrixView<const float>& input : inputs) {
    rows.emplace_back(input.row(i).begin(), input.row(i).end());
  }
  return rows;
}

}  // namespace dem::test
