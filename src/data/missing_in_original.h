// Attributes made of a table that marks missing entries.
#pragma once

#include <string>
#include <vector>

#include "data/missing_entries.h"
#include "dem/data/missing_descriptions.h"
#include "dem/linalg/matrix.h"

namespace dem {

// The entries of `attributes` [num_classes, dim] that come from an entry of -1 of `original`, which
// they were made from: that is missing, and what was made of it lies below all known entries of its
// attribute. None where the two differ in shape. Attribute by attribute.
[[nodiscard]] std::vector<TableEntry> marks_carried_over(MatrixView<const float> original,
                                                         MatrixView<const float> attributes);

// Sets these to NaN. Under kKeep and kNan they
// stay, with a warning; returns how many such entries stay. Throws Error{kFormat} beginning with
// `where` for doubts under kAuto, and under kRefuse.
Index mark_missing_in_original(MatrixView<const float> original,
                               const std::string& where,
                               MissingDescriptions missing,
                               Matrix<float>& attributes);

}  // namespace dem
