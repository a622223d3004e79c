// The model in the folder of a file of bare weights.
#pragma once

#include <optional>
#include <string>

#include "dem/model/model.h"

namespace dem {

// The model.safetensors beside a file of weights, where there is one that can be read.
[[nodiscard]] std::optional<Model> model_beside(const std::string& path);

// Whether all parameters are equal, in order.
[[nodiscard]] bool same_weights(const Network& a, const Network& b);

}  // namespace dem
