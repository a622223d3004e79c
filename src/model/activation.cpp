#include "model/activation.h"

#include <cmath>

#include "base/enum_names.h"

namespace dem {
namespace {

constexpr float kHeight = kScaledTanhHeight;
constexpr float kSlope = kScaledTanhSlope;

constexpr EnumName<Activation> kActivations[] = {{Activation::kRelu, "relu"},
                                                 {Activation::kTanh, "tanh"},
                                                 {Activation::kScaledTanh, "scaled_tanh"},
                                                 {Activation::kIdentity, "identity"}};

template <typename Number, typename Function>
void for_each(MatrixView<Number> values, Function&& function) {
  for (Index i = 0; i < values.rows(); ++i) {
    for (Number& value : values.row(i)) value = function(value);
  }
}

// gradient *= slope(output), element by element.
template <typename Number, typename Slope>
void scale_each(MatrixView<const Number> outputs, MatrixView<Number> gradient, Slope&& slope) {
  for (Index i = 0; i < outputs.rows(); ++i) {
    const Number* output = outputs.row(i).data();
    for (Number& g : gradient.row(i)) g *= slope(*output++);
  }
}

template <typename Number>
void apply(Activation activation, MatrixView<Number> values) {
  switch (activation) {
    case Activation::kRelu:
      return for_each(values, [](Number z) { return z < Number{0} ? Number{0} : z; });
    case Activation::kTanh:
      return for_each(values, [](Number z) { return std::tanh(z); });
    case Activation::kScaledTanh:
      return for_each(values,
                      [](Number z) { return Number{kHeight} * std::tanh(Number{kSlope} * z); });
    case Activation::kIdentity:
      return;
  }
}

template <typename Number>
void apply_slope(Activation activation,
                 MatrixView<const Number> outputs,
                 MatrixView<Number> gradient) {
  switch (activation) {
    case Activation::kRelu:
      return scale_each(
          outputs, gradient, [](Number t) { return t > Number{0} ? Number{1} : Number{0}; });
    case Activation::kTanh:
      return scale_each(outputs, gradient, [](Number t) { return Number{1} - t * t; });
    case Activation::kScaledTanh:
      return scale_each(outputs, gradient, [](Number t) {
        return Number{kSlope} * (Number{kHeight} - t * t / Number{kHeight});
      });
    case Activation::kIdentity:
      return;
  }
}

}  // namespace

void activate(Activation activation, MatrixView<float> values) {
  apply(activation, values);
}

void activate(Activation activation, MatrixView<double> values) {
  apply(activation, values);
}

void multiply_by_slope(Activation activation,
                       MatrixView<const float> outputs,
                       MatrixView<float> gradient) {
  apply_slope(activation, outputs, gradient);
}

void multiply_by_slope(Activation activation,
                       MatrixView<const double> outputs,
                       MatrixView<double> gradient) {
  apply_slope(activation, outputs, gradient);
}

std::string_view to_string(Activation activation) noexcept {
  return name_of(kActivations, activation);
}

Activation activation_from_string(std::string_view name) {
  return value_of(kActivations, name, "activation");
}

}  // namespace dem
