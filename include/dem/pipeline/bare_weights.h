// Models of weights alone: a checkpoint without the data that it was trained on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dem/data/dataset.h"
#include "dem/model/model.h"

namespace dem {

// The mode that a network was made for: fusion where it has two inputs, else by its space.
[[nodiscard]] TrainMode train_mode_of(const NetworkSpec& spec);

// Reads any file that load_weights reads. The network is the one that the file names, as a training
// state does; or that of a model.safetensors beside it with the same weights; else all widths come
// from the tensors fcN.weight [out, in], and activation and gains of a fusion from the recipe.
// Without a mode, one layer is then taken for word vectors, two for attributes, three for a fusion,
// as in the reference's networks. The model has no classes. Throws Error{kInvalidArgument} where
// the mode needs another number of layers or the recipe is unknown, Error{kFormat} where there are
// no such tensors, and as load_weights does.
[[nodiscard]] Model model_from_bare_weights(const std::string& path,
                                            std::optional<TrainMode> train_mode = {},
                                            std::string_view recipe = "mindspore");

}  // namespace dem
