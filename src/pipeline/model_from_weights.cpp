#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/exchange/inspect.h"
#include "dem/exchange/model_file.h"
#include "dem/learn/family.h"
#include "dem/pipeline/model_folder.h"
#include "pipeline/layer_shapes.h"
#include "pipeline/model_beside.h"

namespace dem {
namespace {

// The scaling that a saved training state's recipe names; "none" for other files.
std::string scaling_named_in(const FileReport& report) {
  for (const auto& [key, value] : report.metadata) {
    if (key != "notes.recipe_json") continue;
    const auto recipe = nlohmann::json::parse(value, nullptr, false);
    if (recipe.is_object()) return recipe.value("feature_scaling", "none");
  }
  return "none";
}

// Bare weights do not say how the features were mapped that they were trained on. The model beside
// them does, where it has the same weights; else a map that must be missing is warned about.
FeatureMap feature_map_of(const std::string& path,
                          const FileReport& report,
                          const Network& network) {
  const std::optional<Model> model = model_beside(path);
  const Network* beside = model ? model->class_map.network() : nullptr;
  const bool is_same = beside != nullptr && same_weights(network, *beside);
  if (is_same && !model->feature_map.is_identity()) {
    log(LogLevel::kInfo,
        concat(path,
               ": features are scaled (",
               model->feature_map.to_string(),
               ") as the model.safetensors beside it says, which has the same weights"));
    return model->feature_map.clone();
  }
  std::string named = scaling_named_in(report);
  if (named == "none" && model) named = model->feature_map.to_string();
  if (named != "none") {
    log(LogLevel::kWarning,
        concat(path,
               ": bare weights, so features are taken as they are; ",
               model ? "the model beside it" : "its run",
               " was trained on features scaled by ",
               named));
  }
  return {};
}

}  // namespace

Model model_from_weights(const std::string& path, const Dataset& dataset, const Recipe& recipe) {
  if (!recipe.network) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat(path, ": bare weights: expected a recipe that trains a network, got ", recipe.name));
  }
  NetworkSpec spec = recipe.network->network_spec(dataset.classes, dataset.feature_dim());
  const FileReport report = inspect_file(path);
  // With a hidden layer, fc1 gives its width; its other widths are the data's and are checked when
  // the weights are loaded.
  const std::vector<LayerShape> shapes = layer_shapes(report);
  if (spec.hidden_dim > 0 && !shapes.empty()) spec.hidden_dim = shapes[0].out;
  Network network(spec);
  load_weights(network, path);
  Model model;
  model.feature_map = feature_map_of(path, report, network);
  model.class_map =
      ClassMap(NetworkMap{std::move(network), recipe.network->float16_unseen_embeddings});
  model.metric = recipe.metric;
  model.classes = dataset.classes.with_spaces(model.class_map.spaces());
  model.update_prototypes();
  model.provenance = {{"recipe", recipe.name},
                      {"train_mode", std::string(to_string(dataset.train_mode))},
                      {"selection", "unknown"},
                      {"weights", path}};
  return model;
}

}  // namespace dem
