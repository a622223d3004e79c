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
#include "pipeline/model_beside.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

Index hidden_dim_of(const FileReport& report, Index otherwise) {
  constexpr std::string_view kName = "fc1.weight";
  for (const ArrayInfo& tensor : report.arrays) {
    const std::string_view name = tensor.name;
    const bool is_first = name.ends_with(kName) && name.find("moment") == std::string_view::npos;
    if (is_first && tensor.shape.size() == 2) otherwise = tensor.shape[0];
  }
  return otherwise;
}

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
  if (fs::is_regular_file(path)) return path;
  for (const char* name : {"model.safetensors", "train.ckpt"}) {
    const fs::path file = fs::path(path) / name;
    if (fs::is_regular_file(file)) return file.string();
  }
  throw Error(ErrorKind::kIo,
              concat(path,
                     ": expected a model file or a folder with model.safetensors or "
                     "train.ckpt, got ",
                     fs::is_directory(path) ? "a folder without them" : "nothing there"));
}

Model model_from_weights(const std::string& path,
                         const Dataset& dataset,
                         TrainMode train_mode,
                         const Recipe& recipe) {
  NetworkSpec spec = recipe.network_spec(dataset.classes, dataset.feature_dim());
  const FileReport report = inspect_file(path);
  // With a hidden layer, fc1 gives its width; its other widths are the data's and are checked when
  // the weights are loaded.
  if (spec.hidden_dim > 0) spec.hidden_dim = hidden_dim_of(report, spec.hidden_dim);
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
