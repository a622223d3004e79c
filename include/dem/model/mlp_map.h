// A multilayer perceptron as class map: any number of fully connected layers, one after the other.
#pragma once

#include <string>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/class_input.h"
#include "dem/model/network.h"

namespace dem {

// h -> activation(W h + b)
struct MlpLayer {
  Matrix<float> weight;     // [out, in]
  std::vector<float> bias;  // [out]
  Activation activation = Activation::kRelu;
};

// p = h_L, h_i = activation_i(W_i h_(i-1) + b_i), with h_0 the description, divided by its norm
// where unit_rows says so. What a network does beside that at training time (a normalisation over
// classes, say) is an affine map of hidden units once it is trained, and goes into the layers.
struct MlpMap {
  ClassInput input;
  bool unit_rows = false;
  std::vector<MlpLayer> layers;  // one at least

  [[nodiscard]] MlpMap clone() const;
  // Width of the last layer; 0 without layers.
  [[nodiscard]] Index prototype_dim() const;
  // rows [n, input.dim], divided by their norms already where unit_rows says so; returns
  // [n, prototype_dim]. Throws Error{kShapeMismatch} naming the layer that does not fit, or where
  // there is none.
  [[nodiscard]] Matrix<float> forward(MatrixView<const float> rows) const;
  // "85-1024 relu-1024 relu-512 identity"
  [[nodiscard]] std::string to_string() const;
};

}  // namespace dem
