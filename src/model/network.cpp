#include "dem/model/network.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/blas.h"
#include "model/activation.h"
#include "model/layer.h"

namespace dem {
namespace {

void require_at_least(Index least, Index value, const char* field) {
  if (value >= least) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("network: ", field, ": expected at least ", least, ", got ", value));
}

std::string to_string(const NetworkInput& input) {
  if (input.gain == 1.0f) return std::to_string(input.dim);
  return concat(input.gain, "*", input.dim);
}

// "85" of one plain input, "(1000 + 3*85)" of several or scaled ones.
std::string input_text(const std::vector<NetworkInput>& inputs) {
  std::vector<std::string> terms;
  for (const NetworkInput& input : inputs) terms.push_back(to_string(input));
  const bool is_plain = inputs.size() == 1 && inputs[0].gain == 1.0f;
  return is_plain ? terms[0] : concat("(", join(terms, " + "), ")");
}

void check_inputs(const NetworkSpec& spec, std::span<const MatrixView<const float>> inputs) {
  if (inputs.size() != spec.inputs.size() || inputs.empty()) {
    throw Error(
        ErrorKind::kShapeMismatch,
        concat("network: expected ",
               spec.inputs.empty() ? "layers (it has none)" : concat(spec.inputs.size(), " inputs"),
               ", got ",
               inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Index rows = inputs[0].rows();
    const Index dim = spec.inputs[i].dim;
    if (inputs[i].cols() == dim && inputs[i].rows() == rows) continue;
    throw Error(ErrorKind::kShapeMismatch,
                concat("network: input ",
                       i,
                       " (",
                       spec.inputs[i].space,
                       "): expected [",
                       rows,
                       ", ",
                       dim,
                       "], got [",
                       inputs[i].rows(),
                       ", ",
                       inputs[i].cols(),
                       "]"));
  }
}

// sum += gain * term
void add_scaled(float gain, MatrixView<const float> term, MatrixView<float> sum) {
  for (Index i = 0; i < sum.rows(); ++i) {
    const float* t = term.row(i).data();
    for (float& s : sum.row(i)) s += gain * *t++;
  }
}

}  // namespace

void apply_linear(MatrixView<const float> inputs,
                  LayerView<const float> layer,
                  MatrixView<float> outputs) {
  for (Index i = 0; i < outputs.rows(); ++i) {
    std::copy(layer.bias.begin(), layer.bias.end(), outputs.row(i).begin());
  }
  gemm(Transpose::kNo, Transpose::kYes, 1.0f, inputs, layer.weight, 1.0f, outputs);
}

void NetworkSpec::validate() const {
  if (inputs.empty()) {
    throw Error(ErrorKind::kInvalidArgument, "network: inputs: expected at least one, got none");
  }
  for (const NetworkInput& input : inputs) {
    require_at_least(1, input.dim, "inputs.dim");
    if (!std::isfinite(input.gain)) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("network: inputs.gain: expected a finite number, got ", input.gain));
    }
  }
  require_at_least(inputs.size() > 1 ? 1 : 0, hidden_dim, "hidden_dim");
  require_at_least(1, feature_dim, "feature_dim");
}

Index NetworkSpec::num_layers() const {
  return hidden_dim == 0 ? 1 : static_cast<Index>(inputs.size()) + 1;
}

std::string NetworkSpec::to_string() const {
  const std::string output = output_activation == Activation::kRelu
                                 ? std::string()
                                 : concat(", output ", dem::to_string(output_activation));
  if (hidden_dim == 0) {
    return concat(input_text(inputs), "-", feature_dim, " ", dem::to_string(output_activation));
  }
  return concat(input_text(inputs),
                "-",
                hidden_dim,
                "-",
                feature_dim,
                " ",
                dem::to_string(hidden_activation),
                output);
}

Network::Network(NetworkSpec spec) : spec_(std::move(spec)) {
  spec_.validate();
  Index size = 0;
  const auto add_layer = [&](Index out, Index in) {
    Index weights = 0;
    shapes_.push_back({size, out, in});
    if (__builtin_mul_overflow(out, in, &weights) || __builtin_add_overflow(size, out, &size) ||
        __builtin_add_overflow(size, weights, &size)) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("network: too large to hold: ", spec_.to_string()));
    }
  };
  const Index first_out = spec_.hidden_dim > 0 ? spec_.hidden_dim : spec_.feature_dim;
  for (const NetworkInput& input : spec_.inputs) add_layer(first_out, input.dim);
  if (spec_.hidden_dim > 0) add_layer(spec_.feature_dim, spec_.hidden_dim);
  parameters_ = Matrix<float>(1, size);
}

Matrix<float> Network::forward(std::span<const MatrixView<const float>> inputs) const {
  check_inputs(spec_, inputs);
  const Index rows = inputs[0].rows();
  Matrix<float> outputs = Matrix<float>::uninitialised(rows, spec_.feature_dim);
  if (spec_.hidden_dim == 0) {
    apply_linear(inputs[0], layer(0), outputs);
  } else {
    Matrix<float> hidden(rows, spec_.hidden_dim);
    Matrix<float> branch = Matrix<float>::uninitialised(rows, spec_.hidden_dim);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      apply_linear(inputs[i], layer(static_cast<Index>(i)), branch);
      activate(spec_.hidden_activation, branch);
      add_scaled(spec_.inputs[i].gain, branch, hidden);
    }
    apply_linear(hidden, layer(num_layers() - 1), outputs);
  }
  activate(spec_.output_activation, outputs);
  return outputs;
}

Network Network::clone() const {
  Network copy;
  copy.spec_ = spec_;
  copy.shapes_ = shapes_;
  copy.parameters_ = parameters_.clone();
  return copy;
}

}  // namespace dem
