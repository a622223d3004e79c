#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/exchange/inspect.h"
#include "dem/exchange/model_file.h"
#include "dem/learn/family.h"
#include "dem/pipeline/fit.h"
#include "exchange/file_metadata.h"
#include "pipeline/layer_shapes.h"
#include "pipeline/model_beside.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

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

std::string find_model_file(const std::string& path) {
  std::error_code none;
  if (fs::is_regular_file(path, none)) return path;
  for (const char* name : {"model.safetensors", "train.ckpt"}) {
    const fs::path file = fs::path(path) / name;
    if (fs::is_regular_file(file, none)) return file.string();
  }
  throw Error(ErrorKind::kIo,
              concat(path,
                     ": expected a model file or a folder with model.safetensors or "
                     "train.ckpt, got ",
                     fs::is_directory(path, none) ? "a folder without them" : "nothing there"));
}

bool holds_model(const std::string& path) {
  const auto metadata = inspect_file(path).metadata;
  return std::any_of(metadata.begin(), metadata.end(), [](const auto& fact) {
    return fact.first == "format" && fact.second == kModelFormat.name;
  });
}

void save_model_folder(const Model& model, const std::string& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) {
    throw Error(ErrorKind::kIo, concat(folder, ": cannot be made: ", problem.message()));
  }
  save_model(model, (fs::path(folder) / "model.safetensors").string());
  // What MindSpore reads is a network; another map has no such file, and none of a network that was
  // there before may stay beside it.
  const std::string checkpoint = (fs::path(folder) / "train.ckpt").string();
  if (model.class_map.network() != nullptr) {
    save_mindspore_checkpoint(*model.class_map.network(), checkpoint);
  } else {
    fs::remove(checkpoint, problem);
  }
}

Model model_from_weights(const std::string& path, const Dataset& dataset, const Recipe& recipe) {
  if (learns_at_once(recipe)) {
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
