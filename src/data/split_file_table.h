// The descriptions of a split file, as word vectors or another semantic space of other data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/array_access.h"

namespace dem {

struct SplitFileTable {
  ArrayRef array;                                 // `att`
  int class_axis = 0;                             // that classes lie along
  std::optional<std::vector<std::string>> names;  // [num_classes], where the file has them as text
};

// The table `att` of a file of layout gbu (att_splits.mat, sent_splits.mat); none where the file
// has no `att` beside lists of rows. `num_classes` tells the axis of classes without names; 0:
// unknown. Throws Error{kShapeMismatch} where nothing tells it.
[[nodiscard]] std::optional<SplitFileTable> find_split_file_table(ArrayFile& file,
                                                                  Index num_classes);

}  // namespace dem
