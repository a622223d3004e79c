#include "dem/pipeline/bare_weights.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/inspect.h"
#include "dem/exchange/model_file.h"
#include "dem/learn/family.h"
#include "exchange/model_json.h"
#include "pipeline/layer_shapes.h"
#include "pipeline/model_beside.h"

namespace dem {
namespace {

TrainMode mode_for(std::size_t num_layers) {
  return num_layers == 1   ? TrainMode::kWord
         : num_layers == 2 ? TrainMode::kAttribute
                           : TrainMode::kFusion;
}

void check_layers(std::size_t num_layers, TrainMode mode, const std::string& path) {
  const bool fits = mode == TrainMode::kFusion ? num_layers == 3 : num_layers <= 2;
  if (fits) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(path,
                     ": expected ",
                     mode == TrainMode::kFusion ? "3 layers" : "1 or 2 layers",
                     " for mode ",
                     to_string(mode),
                     ", got ",
                     num_layers));
}

// What the file itself says about its network: a training state does.
std::optional<NetworkSpec> spec_in(const FileReport& report) {
  for (const auto& [key, value] : report.metadata) {
    if (key == "network") return network_from_json(value, report.path + ": network");
  }
  return std::nullopt;
}

void check_mode(const NetworkSpec& spec, std::optional<TrainMode> asked, const std::string& path) {
  if (!asked || *asked == train_mode_of(spec)) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(path,
                     ": expected mode ",
                     to_string(train_mode_of(spec)),
                     ", which these weights were trained in, got ",
                     to_string(*asked)));
}

// From the shapes, and from the recipe what they do not tell.
NetworkSpec spec_from_shapes(const std::vector<LayerShape>& shapes,
                             TrainMode mode,
                             const Recipe& recipe) {
  NetworkSpec spec{.inputs = {},
                   .hidden_dim = shapes.size() > 1 ? shapes[0].out : 0,
                   .feature_dim = shapes.back().out,
                   .hidden_activation = recipe.network->hidden_activation};
  const std::vector<std::string> spaces = input_spaces(mode);
  for (std::size_t i = 0; i < spaces.size(); ++i) {
    spec.inputs.push_back({spaces[i], shapes[i].in, recipe.network->input_gains[i]});
  }
  return spec;
}

Network network_of(const NetworkSpec& spec, const std::string& path) {
  Network network(spec);
  load_weights(network, path);
  const std::optional<Model> model = model_beside(path);
  if (!model || model->class_map.network() == nullptr) return network;
  const Network& beside = *model->class_map.network();
  return same_weights(beside, network) ? beside.clone() : std::move(network);
}

}  // namespace

TrainMode train_mode_of(const std::vector<std::string>& spaces) {
  const auto takes = [&](const char* space) {
    return std::find(spaces.begin(), spaces.end(), space) != spaces.end();
  };
  if (!takes("word")) return TrainMode::kAttribute;
  return takes("attribute") ? TrainMode::kFusion : TrainMode::kWord;
}

TrainMode train_mode_of(const NetworkSpec& spec) {
  std::vector<std::string> spaces;
  for (const NetworkInput& input : spec.inputs) spaces.push_back(input.space);
  return train_mode_of(spaces);
}

BareWeights load_bare_weights(const std::string& path,
                              std::optional<TrainMode> train_mode,
                              std::string_view recipe_name) {
  const FileReport report = inspect_file(path);
  const std::vector<LayerShape> shapes = layer_shapes(report);
  if (shapes.empty()) {
    throw Error(ErrorKind::kFormat,
                concat(path,
                       ": expected a model or weights with a tensor fc1.weight [out, in], got a ",
                       report.format,
                       " file without one"));
  }
  const TrainMode mode = train_mode.value_or(mode_for(shapes.size()));
  check_layers(shapes.size(), mode, path);
  // Recipes differ between datasets in numbers that only training needs.
  const Recipe recipe = make_recipe(recipe_name, "AwA", mode);
  if (learns_at_once(recipe)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("recipe: expected one that trains a network, as these weights are of, got ",
                       recipe_name));
  }
  const std::optional<NetworkSpec> known = spec_in(report);
  BareWeights weights;
  weights.map.network = network_of(known ? *known : spec_from_shapes(shapes, mode, recipe), path);
  const NetworkSpec& spec = weights.map.network.spec();
  check_mode(spec, train_mode, path);
  weights.map.float16_unseen_embeddings = recipe.network->float16_unseen_embeddings;
  weights.metric = recipe.metric;
  weights.provenance = {{"recipe", recipe.name},
                        {"train_mode", std::string(to_string(train_mode_of(spec)))},
                        {"selection", "unknown"},
                        {"weights", path}};
  return weights;
}

}  // namespace dem
