// The semantic spaces that a dataset is asked for.
#pragma once

#include <string>
#include <vector>

#include "dem/data/dataset.h"

namespace dem {

// The names of a dataset's spaces: of its train mode, then its further ones.
[[nodiscard]] std::vector<std::string> space_names(const DatasetOptions& options);

// Throws Error{kInvalidArgument} where a further space has no name, one of a train mode, or that of
// another one.
void check_more_spaces(const DatasetOptions& options);

}  // namespace dem
