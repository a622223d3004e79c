#include "learn/cnzsl/class_network.h"

#include <algorithm>
#include <vector>

#include "base/at.h"
#include "base/check.h"
#include "linalg/blas.h"
#include "model/activation.h"

namespace dem {
namespace {

// outputs = inputs W' + b
template <typename T>
void apply_layer(MatrixView<const T> inputs, LayerView<const T> layer, MatrixView<T> outputs) {
  for (Index i = 0; i < outputs.rows(); ++i) {
    std::copy(layer.bias.begin(), layer.bias.end(), outputs.row(i).begin());
  }
  gemm(Transpose::kNo, Transpose::kYes, T{1}, inputs, layer.weight, T{1}, outputs);
}

// From the gradient by a layer's outputs to those by its weights and biases.
template <typename T>
void layer_gradient(MatrixView<const T> inputs,
                    MatrixView<const T> output_gradient,
                    LayerView<T> gradient) {
  gemm(Transpose::kYes, Transpose::kNo, T{1}, output_gradient, inputs, T{0}, gradient.weight);
  std::vector<double> sums(gradient.bias.size(), 0.0);
  for (Index i = 0; i < output_gradient.rows(); ++i) {
    const auto row = output_gradient.row(i);
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += static_cast<double>(row[j]);
  }
  std::transform(sums.begin(), sums.end(), gradient.bias.begin(), [](double sum) {
    return static_cast<T>(sum);
  });
}

}  // namespace

Index ClassNetworkShape::num_parameters() const {
  Index total = 0;
  for (Index i = 0; i < kLayers; ++i) total += (in(i) + 1) * out(i);
  return total;
}

template <typename T>
ClassNetwork<T>::ClassNetwork(const ClassNetworkShape& shape, MatrixView<const T> descriptions)
    : shape_(shape), descriptions_(descriptions) {
  const Index n = descriptions.rows();
  DEM_CHECK_LE(2, n);
  DEM_CHECK_EQ(descriptions.cols(), shape.embedding_dim);
  const auto make = [n](Index cols) { return Matrix<T>::uninitialised(n, cols); };
  first_ = make(shape.out(0));
  normalised_ = make(shape.out(1));
  second_ = make(shape.out(1));
  prototypes_ = make(shape.out(2));
  first_gradient_ = make(shape.out(0));
  second_gradient_ = make(shape.out(1));
}

template <typename T>
MatrixView<const T> ClassNetwork<T>::forward(std::span<const T> parameters) {
  apply_layer(descriptions_, shape_.layer(parameters, 0), first_.view());
  activate(Activation::kRelu, first_.view());
  apply_layer<T>(first_.view(), shape_.layer(parameters, 1), normalised_.view());
  if (shape_.norm_before_relu) {
    before_ = normalise_over_classes(shape_.norm_epsilon, normalised_.view());
  }
  std::copy_n(normalised_.data(), normalised_.size(), second_.data());
  activate(Activation::kRelu, second_.view());
  if (shape_.norm_after_relu) after_ = normalise_over_classes(shape_.norm_epsilon, second_.view());
  apply_layer<T>(second_.view(), shape_.layer(parameters, 2), prototypes_.view());
  if (shape_.output_relu) activate(Activation::kRelu, prototypes_.view());
  return prototypes_.view();
}

template <typename T>
void ClassNetwork<T>::backward(std::span<const T> parameters,
                               MatrixView<T> prototype_gradient,
                               std::span<T> gradient) {
  if (shape_.output_relu) {
    multiply_by_slope(Activation::kRelu, prototypes_.view(), prototype_gradient);
  }
  const MatrixView<const T> outputs = prototype_gradient;
  layer_gradient<T>(second_.view(), outputs, shape_.layer(gradient, 2));
  const auto back = [](MatrixView<const T> from, LayerView<const T> layer, Matrix<T>& to) {
    gemm(Transpose::kNo, Transpose::kNo, T{1}, from, layer.weight, T{0}, to.view());
  };
  back(outputs, shape_.layer(parameters, 2), second_gradient_);
  const MatrixView<T> second = second_gradient_.view();
  if (shape_.norm_after_relu) {
    normalise_gradient<T>(shape_.norm_epsilon, after_, second_.view(), second);
  }
  // The slope of the ReLU goes by its input's sign.
  multiply_by_slope(Activation::kRelu, normalised_.view(), second);
  if (shape_.norm_before_relu) {
    normalise_gradient<T>(shape_.norm_epsilon, before_, normalised_.view(), second);
  }
  layer_gradient<T>(first_.view(), second, shape_.layer(gradient, 1));
  back(second, shape_.layer(parameters, 1), first_gradient_);
  multiply_by_slope(Activation::kRelu, first_.view(), first_gradient_.view());
  layer_gradient<T>(descriptions_, first_gradient_.view(), shape_.layer(gradient, 0));
}

template class ClassNetwork<float>;
template class ClassNetwork<double>;

}  // namespace dem
