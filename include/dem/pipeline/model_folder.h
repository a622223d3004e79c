// Model folders, and models of bare weights.
#pragma once

#include <string>

#include "dem/data/dataset.h"
#include "dem/learn/recipe.h"
#include "dem/model/model.h"

namespace dem {

// The file that holds the model in `path`: a model folder's model.safetensors or train.ckpt, or the
// file itself. Throws Error{kIo} saying what was looked for.
//
//   const Model model = load_model(find_model_file("awa2.model"));
[[nodiscard]] std::string find_model_file(const std::string& path);

// Whether a file is a whole model, which load_model reads, and not bare weights. Throws as
// inspect_file does.
[[nodiscard]] bool holds_model(const std::string& path);

// Makes the folder where there is none and writes model.safetensors there, and train.ckpt where the
// class map is a network, each whole or not at all. Throws Error{kIo}.
void save_model_folder(const Model& model, const std::string& folder);

// A model of the dataset's classes from bare weights (any file that load_weights reads). `recipe`
// and the dataset give network, metric and rounding; the hidden width comes from the file. The
// feature map is that of a model.safetensors in the same folder where it has the same weights;
// otherwise there is none, and a warning in the log where the folder or the file says that the
// weights were trained with one.
[[nodiscard]] Model model_from_weights(const std::string& path,
                                       const Dataset& dataset,
                                       const Recipe& recipe);

}  // namespace dem
