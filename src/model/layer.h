// One fully connected layer at work.
#pragma once

#include "dem/model/network.h"

namespace dem {

// outputs = inputs * weight^T + bias
//   inputs   [n, in]
//   layer    weight [out, in], bias [out]
//   outputs  [n, out], overwritten
void apply_linear(MatrixView<const float> inputs,
                  LayerView<const float> layer,
                  MatrixView<float> outputs);

}  // namespace dem
