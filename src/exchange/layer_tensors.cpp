#include "exchange/layer_tensors.h"

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// Appends weight and bias of the next layer.
void add_layer(std::vector<LayerTensor>& tensors, Index out, Index in) {
  const std::string name = concat("fc", tensors.size() / 2 + 1);
  const Index offset = parameter_count(tensors);
  Index weights = 0;
  Index end = 0;
  if (__builtin_mul_overflow(out, in, &weights) || __builtin_add_overflow(offset, weights, &end) ||
      __builtin_add_overflow(end, out, &end)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("network: ", name, ": no memory holds [", out, ", ", in, "]"));
  }
  tensors.push_back({name + ".weight", {out, in}, offset, weights});
  tensors.push_back({name + ".bias", {out}, offset + weights, out});
}

}  // namespace

std::vector<LayerTensor> layer_tensors(const NetworkSpec& spec) {
  spec.validate();
  std::vector<LayerTensor> tensors;
  const Index first_out = spec.hidden_dim > 0 ? spec.hidden_dim : spec.feature_dim;
  for (const NetworkInput& input : spec.inputs) add_layer(tensors, first_out, input.dim);
  if (spec.hidden_dim > 0) add_layer(tensors, spec.feature_dim, spec.hidden_dim);
  return tensors;
}

Index parameter_count(const std::vector<LayerTensor>& tensors) {
  return tensors.empty() ? 0 : tensors.back().offset + tensors.back().size;
}

}  // namespace dem
