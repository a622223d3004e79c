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

// Bare weights do not say how the features were scaled that they were trained on. The model beside
// them does, where it has the same weights; else a scaling that must be missing is warned about.
FeatureScaling scaling_of(const std::string& path,
                          const FileReport& report,
                          const Network& network) {
  const std::optional<Model> model = model_beside(path);
  if (model && model->scaling.kind != ScalingKind::kNone && same_weights(network, model->network)) {
    log(LogLevel::kInfo,
        concat(path,
               ": features are scaled (",
               to_string(model->scaling.kind),
               ") as the model.safetensors beside it says, which has the same weights"));
    return model->scaling;
  }
  std::string named = scaling_named_in(report);
  if (named == "none" && model) named = to_string(model->scaling.kind);
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
  save_mindspore_checkpoint(model.network, (fs::path(folder) / "train.ckpt").string());
}

Model model_from_weights(const std::string& path,
                         const Dataset& dataset,
                         TrainMode train_mode,
                         const Recipe& recipe) {
  NetworkSpec spec = recipe.network_spec(dataset.classes, dataset.feature_dim());
  const FileReport report = inspect_file(path);
  // With a hidden layer, fc1 gives its width; its other widths are the data's and are checked when
  // the weights are loaded.
  const std::vector<LayerShape> shapes = layer_shapes(report);
  if (spec.hidden_dim > 0 && !shapes.empty()) spec.hidden_dim = shapes[0].out;
  Model model;
  model.network = Network(spec);
  load_weights(model.network, path);
  model.scaling = scaling_of(path, report, model.network);
  model.float16_unseen_embeddings = recipe.float16_unseen_embeddings;
  model.metric = recipe.metric;
  model.provenance = {{"recipe", recipe.name},
                      {"train_mode", std::string(to_string(train_mode))},
                      {"selection", "unknown"},
                      {"weights", path}};
  return model;
}

}  // namespace dem
