// Bare weights, whoever wrote them.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "exchange/layer_tensors.h"
#include "exchange/model_checks.h"
#include "exchange/tensor_file.h"
#include "io/array_checks.h"

namespace dem {
namespace {

using Tensors = std::map<std::string, NamedTensor>;

// All numeric tensors of a file.
Tensors load_tensors(const std::string& path) {
  const TensorFile file(path);
  Tensors tensors;
  for (const RawTensor& tensor : file.tensors()) {
    if (!is_progress(tensor.name)) tensors.emplace(tensor.name, to_named_tensor(tensor));
  }
  return tensors;
}

std::string names_of(const Tensors& tensors) {
  constexpr std::size_t kMost = 20;
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  const std::size_t count = names.size();
  names.resize(std::min(count, kMost));
  if (count > kMost) names.push_back(concat("... (", count, " in all)"));
  return names.empty() ? "none" : join(names);
}

// What stands before "fc1.weight" in the file: nothing, or the names of the cells around the
// network ("network._backbone."), as MindSpore's loader matches endings, or of a dictionary around
// PyTorch's ("state_dict/").
std::string find_prefix(const Tensors& tensors, const LayerTensor& first, const std::string& path) {
  if (tensors.contains(first.name)) return "";
  std::vector<std::string> prefixes;
  for (const auto& [name, tensor] : tensors) {
    if (!name.ends_with("." + first.name) && !name.ends_with("/" + first.name)) continue;
    if (!is_training_state(name)) {
      prefixes.push_back(name.substr(0, name.size() - first.name.size()));
    }
  }
  if (prefixes.size() == 1) return prefixes[0];
  const std::string expected = concat(first.name, " [", join(first.shape), "]");
  if (prefixes.empty()) {
    throw Error(ErrorKind::kFormat,
                concat(path, ": expected a tensor ", expected, ", got ", names_of(tensors)));
  }
  for (std::string& prefix : prefixes) prefix += first.name;
  throw Error(
      ErrorKind::kFormat,
      concat(path, ": expected one network with a tensor ", expected, ", got ", join(prefixes)));
}

// The shape without ones at its end: MindSpore's loader does not tell [n, 1] from [n].
std::vector<Index> without_trailing_ones(std::vector<Index> shape) {
  while (!shape.empty() && shape.back() == 1) shape.pop_back();
  return shape;
}

const NamedTensor& require_tensor(const Tensors& tensors,
                                  const LayerTensor& layer,
                                  const std::string& prefix,
                                  const std::string& path) {
  const auto found = tensors.find(prefix + layer.name);
  if (found == tensors.end()) {
    throw Error(ErrorKind::kFormat,
                concat(path,
                       ": expected a tensor ",
                       prefix,
                       layer.name,
                       " [",
                       join(layer.shape),
                       "], got ",
                       names_of(tensors)));
  }
  const NamedTensor& tensor = found->second;
  if (without_trailing_ones(tensor.shape) != without_trailing_ones(layer.shape)) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(place(path, tensor.name),
                       ": expected [",
                       join(layer.shape),
                       "], got [",
                       join(tensor.shape),
                       "]"));
  }
  require_finite(tensor.values, ErrorKind::kFormat, place(path, tensor.name));
  return tensor;
}

// A layer that this network does not have means another network.
void refuse_further_layers(const Tensors& tensors,
                           Index num_layers,
                           const std::string& prefix,
                           const std::string& path) {
  const auto next = tensors.find(concat(prefix, "fc", num_layers + 1, ".weight"));
  if (next == tensors.end()) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat(place(path, next->first), ": expected ", num_layers, " layers, got more"));
}

}  // namespace

void load_weights(Network& network, const std::string& path) {
  const Tensors tensors = load_tensors(path);
  const std::vector<LayerTensor> layers = layer_tensors(network.spec());
  const std::string prefix = find_prefix(tensors, layers.front(), path);
  refuse_further_layers(tensors, network.num_layers(), prefix, path);
  std::vector<float> parameters;
  for (const LayerTensor& layer : layers) {
    const NamedTensor& tensor = require_tensor(tensors, layer, prefix, path);
    parameters.insert(parameters.end(), tensor.values.begin(), tensor.values.end());
  }
  std::copy(parameters.begin(), parameters.end(), network.parameters().begin());
}

}  // namespace dem
