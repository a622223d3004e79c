// A semantic space in a file of its own.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dem/data/dataset.h"

namespace dem {

struct SpaceTable {
  Matrix<float> rows;                        // [num_classes, dim]
  std::vector<std::string> dimension_names;  // [dim], or empty
};

// A row a class, from any file with one array of numbers. Where the file has names beside the rows
// they are found by name, whatever their order; else row i is that of class i. `whose` says where
// the names come from. Throws Error{kFormat} for a name that is no class, a class that is missing
// or there twice, Error{kShapeMismatch} for another number of rows.
[[nodiscard]] SpaceTable read_space_file(const std::string& path,
                                         std::span<const std::string> class_names,
                                         const std::string& whose,
                                         MissingDescriptions missing);

// The names of a dataset's spaces: of its train mode, then its further ones.
[[nodiscard]] std::vector<std::string> space_names(const DatasetOptions& options);

// Throws Error{kInvalidArgument} where a further space has no name, one of a train mode, or that of
// another one.
void check_more_spaces(const DatasetOptions& options);

}  // namespace dem
