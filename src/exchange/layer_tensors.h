// The parameters of a network as named tensors.
#pragma once

#include <string>
#include <vector>

#include "dem/model/network.h"

namespace dem {

// A window on Network::parameters().
struct LayerTensor {
  std::string name;          // "fc1.weight", MindSpore's name for it
  std::vector<Index> shape;  // [out, in] of a weight, [out] of a bias
  Index offset = 0;
  Index size = 0;
};

// fc1.weight, fc1.bias, fc2.weight, ... in the order of the flat buffer, found without making a
// network: a spec that comes from a file is compared with the file's tensors before memory is
// asked for. Throws Error{kInvalidArgument} for an invalid spec and one beyond 64 bits.
[[nodiscard]] std::vector<LayerTensor> layer_tensors(const NetworkSpec& spec);

// All parameters of the network that these are the tensors of.
[[nodiscard]] Index parameter_count(const std::vector<LayerTensor>& tensors);

}  // namespace dem
