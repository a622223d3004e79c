// The descriptions of a split file, as word vectors or another semantic space of other data.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "dem/data/dataset.h"

namespace dem {

struct SplitFileTable {
  Matrix<float> rows;  // [num_classes, dim]
  std::string where;   // file and variable
};

// The table `att` of a file of layout gbu (att_splits.mat, sent_splits.mat): by name where the file
// has allclasses_names, whatever their order, else in the order of the classes. None where the file
// has no `att` beside lists of rows. Throws Error{kFormat} for a class that is missing or there
// twice, Error{kShapeMismatch} for another number of classes. `whose` says where class_names come
// from.
[[nodiscard]] std::optional<SplitFileTable> read_split_file_table(
    const std::string& path,
    std::span<const std::string> class_names,
    const std::string& whose,
    MissingDescriptions missing);

}  // namespace dem
