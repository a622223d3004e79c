#include "dem/model/mlp_map.h"

#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "model/activation.h"
#include "model/layer.h"

namespace dem {
namespace {

void check_layer(const MlpLayer& layer, std::size_t index, Index width) {
  const Index out = layer.weight.rows();
  if (layer.weight.cols() == width && static_cast<Index>(layer.bias.size()) == out) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat("mlp: layer ",
                     index,
                     ": expected [",
                     out,
                     ", ",
                     width,
                     "] and ",
                     out,
                     " biases, got [",
                     out,
                     ", ",
                     layer.weight.cols(),
                     "] and ",
                     layer.bias.size()));
}

}  // namespace

MlpMap MlpMap::clone() const {
  MlpMap copy{input, unit_rows, {}};
  for (const MlpLayer& layer : layers) {
    copy.layers.push_back({layer.weight.clone(), layer.bias, layer.activation});
  }
  return copy;
}

Index MlpMap::prototype_dim() const {
  return layers.empty() ? 0 : layers.back().weight.rows();
}

Matrix<float> MlpMap::forward(MatrixView<const float> rows) const {
  if (layers.empty()) {
    throw Error(ErrorKind::kShapeMismatch, "mlp: expected at least one layer, got none");
  }
  Matrix<float> hidden;
  MatrixView<const float> inputs = rows;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const MlpLayer& layer = layers[i];
    check_layer(layer, i, inputs.cols());
    Matrix<float> outputs = Matrix<float>::uninitialised(rows.rows(), layer.weight.rows());
    apply_linear(inputs, {layer.weight, layer.bias}, outputs);
    activate(layer.activation, outputs);
    hidden = std::move(outputs);
    inputs = hidden;
  }
  return hidden;
}

std::string MlpMap::to_string() const {
  std::string text = std::to_string(input.dim);
  for (const MlpLayer& layer : layers) {
    text += concat("-", layer.weight.rows(), " ", dem::to_string(layer.activation));
  }
  return text;
}

}  // namespace dem
