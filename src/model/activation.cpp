#include "model/activation.h"

#include <cmath>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

constexpr float kHeight = kScaledTanhHeight;
constexpr float kSlope = kScaledTanhSlope;

constexpr Activation kActivations[] = {
    Activation::kRelu, Activation::kTanh, Activation::kScaledTanh};

template <typename Function>
void for_each(MatrixView<float> values, Function&& function) {
  for (Index i = 0; i < values.rows(); ++i) {
    for (float& value : values.row(i)) value = function(value);
  }
}

// gradient *= slope(output), element by element.
template <typename Slope>
void scale_each(MatrixView<const float> outputs, MatrixView<float> gradient, Slope&& slope) {
  for (Index i = 0; i < outputs.rows(); ++i) {
    const float* output = outputs.row(i).data();
    for (float& g : gradient.row(i)) g *= slope(*output++);
  }
}

}  // namespace

void activate(Activation activation, MatrixView<float> values) {
  switch (activation) {
    case Activation::kRelu:
      return for_each(values, [](float z) { return z < 0.0f ? 0.0f : z; });
    case Activation::kTanh:
      return for_each(values, [](float z) { return std::tanh(z); });
    case Activation::kScaledTanh:
      return for_each(values, [](float z) { return kHeight * std::tanh(kSlope * z); });
  }
}

void multiply_by_slope(Activation activation,
                       MatrixView<const float> outputs,
                       MatrixView<float> gradient) {
  switch (activation) {
    case Activation::kRelu:
      return scale_each(outputs, gradient, [](float t) { return t > 0.0f ? 1.0f : 0.0f; });
    case Activation::kTanh:
      return scale_each(outputs, gradient, [](float t) { return 1.0f - t * t; });
    case Activation::kScaledTanh:
      return scale_each(
          outputs, gradient, [](float t) { return kSlope * (kHeight - t * t / kHeight); });
  }
}

std::string_view to_string(Activation activation) noexcept {
  switch (activation) {
    case Activation::kRelu:
      return "relu";
    case Activation::kTanh:
      return "tanh";
    case Activation::kScaledTanh:
      return "scaled_tanh";
  }
  return "";
}

Activation activation_from_string(std::string_view name) {
  for (const Activation activation : kActivations) {
    if (name == to_string(activation)) return activation;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat("activation: expected relu, tanh or scaled_tanh, got \"", name, "\""));
}

}  // namespace dem
