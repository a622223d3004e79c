// What a file of bare weights tells of its network.
#pragma once

#include <vector>

#include "dem/exchange/inspect.h"

namespace dem {

struct LayerShape {
  Index out = 0;
  Index in = 0;
};

// The shapes of fc1.weight, fc2.weight, ... as far as they go, whatever cells their names are
// prefixed with; optimiser state is passed over. Empty where there is no fc1.weight.
[[nodiscard]] std::vector<LayerShape> layer_shapes(const FileReport& report);

}  // namespace dem
