// The network of the class-normalised classifier: descriptions in, prototypes out (Skorokhodov and
// Elhoseiny, ICLR 2021, section 3.4).
//
//   z1 = W1 a + b1,  h1 = relu(z1)
//   z2 = W2 h1 + b2, h2 = relu(CN(z2))
//   p  = W3 CN(h2) + b3, or its relu
// with CN the normalisation over classes (class_norm.h), each of the two or none where the shape
// says so.
#pragma once

#include <array>
#include <span>

#include "dem/linalg/matrix.h"
#include "dem/model/network.h"
#include "learn/cnzsl/class_norm.h"

namespace dem {

struct ClassNetworkShape {
  static constexpr Index kLayers = 3;

  Index embedding_dim = 0;
  std::array<Index, 2> hidden_dims = {1024, 1024};
  Index feature_dim = 0;
  bool norm_before_relu = true;  // of z2
  bool norm_after_relu = true;   // of h2
  bool output_relu = true;
  double norm_epsilon = 1e-5;

  [[nodiscard]] Index in(Index layer) const {
    return layer == 0 ? embedding_dim : hidden_dims[static_cast<std::size_t>(layer - 1)];
  }
  [[nodiscard]] Index out(Index layer) const {
    return layer == 2 ? feature_dim : hidden_dims[static_cast<std::size_t>(layer)];
  }
  // Parameters are W1, b1, W2, b2, W3, b3 in one buffer of this size.
  [[nodiscard]] Index num_parameters() const;
  // The window of a layer, 0 to 2, on a buffer laid out so.
  template <typename T>
  [[nodiscard]] LayerView<T> layer(std::span<T> buffer, Index index) const {
    T* start = buffer.data();
    for (Index i = 0; i < index; ++i) start += (in(i) + 1) * out(i);
    return {{start, out(index), in(index)},
            {start + in(index)*out(index), static_cast<std::size_t>(out(index))}};
  }
};

// A forward pass and what goes back through it. T is float, or double where gradients are checked.
template <typename T>
class ClassNetwork {
 public:
  // descriptions [num_classes, embedding_dim], kept as a window; two classes or more.
  ClassNetwork(const ClassNetworkShape& shape, MatrixView<const T> descriptions);

  // Prototypes [num_classes, feature_dim]; valid until the next call. parameters as in the shape.
  [[nodiscard]] MatrixView<const T> forward(std::span<const T> parameters);
  // Behind forward() of the same parameters: from the gradient by the prototypes, which is lost, to
  // the one by the parameters; `gradient` [num_parameters] is overwritten.
  void backward(std::span<const T> parameters,
                MatrixView<T> prototype_gradient,
                std::span<T> gradient);

  // Moments of the last forward pass, of z2 and of h2; empty where there is no normalisation.
  [[nodiscard]] const ClassMoments<T>& moments_before_relu() const { return before_; }
  [[nodiscard]] const ClassMoments<T>& moments_after_relu() const { return after_; }

 private:
  ClassNetworkShape shape_;
  MatrixView<const T> descriptions_;
  Matrix<T> first_;       // h1
  Matrix<T> normalised_;  // CN(z2), where that is done; z2 otherwise
  Matrix<T> second_;      // CN(h2), where that is done; h2 otherwise
  Matrix<T> prototypes_;
  Matrix<T> first_gradient_, second_gradient_;
  ClassMoments<T> before_, after_;
};

}  // namespace dem
