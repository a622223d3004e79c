#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/inspect.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/fit.h"

namespace dem {

std::string find_model_file(const std::string& path) {
  namespace fs = std::filesystem;
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
  // With a hidden layer, fc1 gives its width; its other widths are the data's and are checked when
  // the weights are loaded.
  if (spec.hidden_dim > 0) {
    for (const ArrayInfo& tensor : inspect_file(path).arrays) {
      const std::string suffix = "fc1.weight";
      const bool is_first =
          tensor.name.size() >= suffix.size() &&
          tensor.name.compare(tensor.name.size() - suffix.size(), suffix.size(), suffix) == 0 &&
          tensor.name.find("moment") == std::string::npos;
      if (is_first && tensor.shape.size() == 2) spec.hidden_dim = tensor.shape[0];
    }
  }
  Model model;
  model.network = Network(spec);
  load_weights(model.network, path);
  model.float16_unseen_embeddings = recipe.float16_unseen_embeddings;
  model.metric = recipe.metric;
  model.provenance = {{"recipe", recipe.name},
                      {"train_mode", std::string(to_string(train_mode))},
                      {"selection", "unknown"},
                      {"weights", path}};
  return model;
}

}  // namespace dem
