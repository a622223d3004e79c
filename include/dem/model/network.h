// DEM's networks: class embeddings in, prototypes in visual feature space out.
//
// One shape covers DEMNet1 to DEMNet4 and their TensorFlow siblings (Zhang, Xiang, Gong, CVPR 2017,
// section 3). With inputs z_1 .. z_k and hidden_dim > 0:
//   h = sum_i gain_i * hidden_activation(W_i z_i + b_i)      first layers, one an input
//   f = output_activation(W_o h + b_o)                       output layer
// and with hidden_dim = 0 (one input): f = output_activation(W_1 z_1 + b_1).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

enum class Activation {
  kRelu,
  kTanh,
  kScaledTanh,  // 1.7159 * tanh(2 x / 3), LeCun et al., Efficient BackProp, 1998
  kIdentity,    // x
};

[[nodiscard]] std::string_view to_string(Activation activation) noexcept;
// Inverse of to_string; throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] Activation activation_from_string(std::string_view name);

// One semantic space that feeds the network.
struct NetworkInput {
  std::string space;  // "attribute", "word", ...
  Index dim = 0;      // embedding_dim, at least 1
  float gain = 1.0f;  // factor of this branch in the sum; unused without a hidden layer
};

struct NetworkSpec {
  std::vector<NetworkInput> inputs;  // at least one, in the order of fc1, fc2, ...
  Index hidden_dim = 0;              // 0: no hidden layer
  Index feature_dim = 0;             // at least 1
  Activation hidden_activation = Activation::kRelu;
  Activation output_activation = Activation::kRelu;

  // Throws Error{kInvalidArgument} naming the field.
  void validate() const;
  [[nodiscard]] Index num_layers() const;
  // "312-700-1024 relu" or "(1000 + 3*85)-900-1024 scaled_tanh"
  [[nodiscard]] std::string to_string() const;
};

// A fully connected layer as a window on the network's parameters.
template <typename T>
struct LayerView {
  MatrixView<T> weight;  // [out, in]
  std::span<T> bias;     // [out]
};

// The parameters in one flat buffer: fc1.weight, fc1.bias, fc2.weight, ... in MindSpore's order.
class Network {
 public:
  Network() = default;
  // All parameters zero. Throws Error{kInvalidArgument} from spec.validate().
  explicit Network(NetworkSpec spec);

  [[nodiscard]] const NetworkSpec& spec() const { return spec_; }
  [[nodiscard]] std::span<float> parameters() { return {parameters_.data(), size()}; }
  [[nodiscard]] std::span<const float> parameters() const { return {parameters_.data(), size()}; }
  [[nodiscard]] Index num_layers() const { return spec_.num_layers(); }
  // Layers 0 .. inputs-1 take the inputs, the last one gives the output (layer 0 is both without a
  // hidden layer).
  [[nodiscard]] LayerView<float> layer(Index i) { return layer_of<float>(parameters(), i); }
  [[nodiscard]] LayerView<const float> layer(Index i) const {
    return layer_of<const float>(parameters(), i);
  }
  // The window of layer i on any buffer laid out like parameters(), a gradient say.
  template <typename T>
  [[nodiscard]] LayerView<T> layer_of(std::span<T> buffer, Index i) const {
    const Shape& s = shapes_[static_cast<std::size_t>(i)];
    T* base = buffer.data() + s.offset;
    return {{base, s.out, s.in}, {base + s.out * s.in, static_cast<std::size_t>(s.out)}};
  }

  // Prototypes of the described classes.
  //   inputs   one [n, dim_i] an input of the spec, in its order
  //   returns  [n, feature_dim]
  // Throws Error{kShapeMismatch}.
  [[nodiscard]] Matrix<float> forward(std::span<const MatrixView<const float>> inputs) const;

  [[nodiscard]] Network clone() const;

 private:
  struct Shape {
    Index offset, out, in;
  };
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(parameters_.size()); }

  NetworkSpec spec_;
  std::vector<Shape> shapes_;
  Matrix<float> parameters_;  // [1, number of parameters]
};

}  // namespace dem
