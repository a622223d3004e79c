#include "dem/pipeline/model_folder.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "base/writable_folder.h"
#include "dem/base/error.h"
#include "dem/exchange/inspect.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/seed_runs.h"
#include "exchange/file_metadata.h"
#include "pipeline/model_names.h"

namespace dem {

namespace fs = std::filesystem;

std::string find_model_file(const std::string& path) {
  std::error_code none;
  if (fs::is_regular_file(path, none)) return path;
  for (const char* name : kModelFiles) {
    const fs::path file = fs::path(path) / name;
    if (fs::is_regular_file(file, none)) return file.string();
  }
  if (const std::vector<SeedRun> runs = seed_runs(path); !runs.empty()) {
    throw Error(ErrorKind::kIo,
                concat(path,
                       ": expected one model, got a folder of ",
                       runs.size(),
                       " runs with different seeds: name one of them, ",
                       runs[0].folder,
                       " say"));
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
  make_folder(folder);
  save_model(model, (fs::path(folder) / "model.safetensors").string());
  // What MindSpore reads is a network; another map has no such file, and none of a network that was
  // there before may stay beside it.
  const std::string checkpoint = (fs::path(folder) / "train.ckpt").string();
  if (model.class_map.network() != nullptr) {
    save_mindspore_checkpoint(*model.class_map.network(), checkpoint);
  } else {
    std::error_code problem;
    fs::remove(checkpoint, problem);
  }
}

}  // namespace dem
