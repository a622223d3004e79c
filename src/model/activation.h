// Element-wise functions of the networks and their slopes.
#pragma once

#include "dem/model/network.h"

namespace dem {

// Activation::kScaledTanh is height * tanh(slope * z).
inline constexpr float kScaledTanhHeight = 1.7159f;
inline constexpr float kScaledTanhSlope = 2.0f / 3.0f;

// z -> activation(z) in place. NaN stays NaN, so that a broken layer is seen further on.
void activate(Activation activation, MatrixView<float> values);

// gradient *= activation'(z), where `outputs` holds activation(z). The slope of kRelu at 0 is 0.
void multiply_by_slope(Activation activation,
                       MatrixView<const float> outputs,
                       MatrixView<float> gradient);

// The same in double precision.
void activate(Activation activation, MatrixView<double> values);
void multiply_by_slope(Activation activation,
                       MatrixView<const double> outputs,
                       MatrixView<double> gradient);

}  // namespace dem
