#include "learn/cnzsl/cnzsl_model.h"

#include <cmath>
#include <utility>

#include "base/at.h"

namespace dem {
namespace {

// A layer in double, to be joined with what is affine beside it.
struct AffineLayer {
  Matrix<double> weight;     // [out, in]
  std::vector<double> bias;  // [out]
};

AffineLayer layer_in_double(const CnzslNetwork& network, Index index) {
  const LayerView<const float> from =
      network.shape.layer(std::span<const float>(network.parameters), index);
  AffineLayer out{Matrix<double>::uninitialised(from.weight.rows(), from.weight.cols()),
                  {from.bias.begin(), from.bias.end()}};
  for (Index i = 0; i < out.weight.rows(); ++i) {
    for (Index j = 0; j < out.weight.cols(); ++j) out.weight(i, j) = double{from.weight(i, j)};
  }
  return out;
}

double factor_of(const ClassMoments<float>& moments, Index unit, double epsilon) {
  return 1.0 / (double{moments.variance[at(unit)]} + epsilon);
}

// (W a + b - mean) / (variance + epsilon)
void normalise_outputs(const ClassMoments<float>& moments, double epsilon, AffineLayer& layer) {
  for (Index i = 0; i < layer.weight.rows(); ++i) {
    const double factor = factor_of(moments, i, epsilon);
    for (double& w : layer.weight.row(i)) w *= factor;
    layer.bias[at(i)] = factor * (layer.bias[at(i)] - double{moments.mean[at(i)]});
  }
}

// W (h - mean) / (variance + epsilon) + b
void normalise_inputs(const ClassMoments<float>& moments, double epsilon, AffineLayer& layer) {
  for (Index i = 0; i < layer.weight.rows(); ++i) {
    for (Index j = 0; j < layer.weight.cols(); ++j) {
      layer.weight(i, j) *= factor_of(moments, j, epsilon);
      layer.bias[at(i)] -= layer.weight(i, j) * double{moments.mean[at(j)]};
    }
  }
}

void scale_inputs(double factor, AffineLayer& layer) {
  for (Index i = 0; i < layer.weight.rows(); ++i) {
    for (double& w : layer.weight.row(i)) w *= factor;
  }
}

MlpLayer rounded_layer(const AffineLayer& layer, Activation activation) {
  MlpLayer out{Matrix<float>::uninitialised(layer.weight.rows(), layer.weight.cols()),
               {layer.bias.begin(), layer.bias.end()},
               activation};
  for (Index i = 0; i < out.weight.rows(); ++i) {
    for (Index j = 0; j < out.weight.cols(); ++j) {
      out.weight(i, j) = static_cast<float>(layer.weight(i, j));
    }
  }
  return out;
}

}  // namespace

MlpMap mlp_of(const CnzslNetwork& network, const CnzslSettings& settings, const ClassInput& input) {
  const ClassNetworkShape& shape = network.shape;
  AffineLayer layers[] = {
      layer_in_double(network, 0), layer_in_double(network, 1), layer_in_double(network, 2)};
  if (settings.attribute_scale) {
    scale_inputs(std::sqrt(static_cast<double>(shape.embedding_dim)), layers[0]);
  }
  if (shape.norm_before_relu) {
    normalise_outputs(network.before_relu, shape.norm_epsilon, layers[1]);
  }
  if (shape.norm_after_relu) {
    normalise_inputs(network.after_relu, shape.norm_epsilon, layers[2]);
  }
  MlpMap map{input, settings.attribute_scale, {}};
  map.layers.push_back(rounded_layer(layers[0], Activation::kRelu));
  map.layers.push_back(rounded_layer(layers[1], Activation::kRelu));
  map.layers.push_back(
      rounded_layer(layers[2], shape.output_relu ? Activation::kRelu : Activation::kIdentity));
  return map;
}

}  // namespace dem
