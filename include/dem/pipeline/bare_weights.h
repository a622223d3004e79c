// Bare weights out of files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dem/data/dataset.h"
#include "dem/model/bare_weights.h"

namespace dem {

// The mode that gives what a map of these spaces takes of `word` and `attribute`: word alone, both,
// else att.
[[nodiscard]] TrainMode train_mode_of(const std::vector<std::string>& spaces);
[[nodiscard]] TrainMode train_mode_of(const NetworkSpec& spec);

// Reads any file that load_weights reads. The network is the one that the file names, as a training
// state does; or that of a model.safetensors beside it with the same weights; else all widths come
// from the tensors fcN.weight [out, in], and activation and gains of a fusion from the recipe.
// Without a mode, one layer is then taken for word vectors, two for attributes, three for a fusion,
// as in the reference's networks. Throws Error{kInvalidArgument} where
// the mode needs another number of layers or the recipe is unknown, Error{kFormat} where there are
// no such tensors, and as load_weights does.
[[nodiscard]] BareWeights load_bare_weights(const std::string& path,
                                            std::optional<TrainMode> train_mode = {},
                                            std::string_view recipe = "mindspore");

}  // namespace dem
