// Missing entries of a table as it is read (dem/data/missing_descriptions.h).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "data/array_access.h"
#include "dem/data/dataset.h"

namespace dem {

// As read_checked_matrix; where missing entries are filled in, values need not be finite, and cells
// of text may be empty, NA or N/A.
[[nodiscard]] Matrix<float> read_descriptions(const ArrayRef& array,
                                              int row_axis,
                                              Extents expected,
                                              std::string_view why,
                                              MissingDescriptions missing);

// Where a space's descriptions were read.
struct DescriptionSource {
  std::string where;  // file, or file and variable; empty: unknown
  // Of their entries that are not finite those that stand for a mark in another table (att of AWA2
  // for original_att), not counted among the file's own.
  Index marked = 0;
};

// Does with missing entries of dataset.classes as dataset.missing_descriptions says, counts them in
// dataset.num_missing and logs one line a space that has some. Throws Error{kFormat} naming file,
// space, class and attribute for what is refused.
//   sources  a space of the table each, in their order; of spaces beyond nothing is known
void fill_descriptions(Dataset& dataset, std::span<const DescriptionSource> sources = {});

// The same for classes that are added to `known`, in which nothing is missing any more: by the
// means over its classes.
void fill_new_descriptions(const ClassTable& known, MissingDescriptions missing, ClassTable& added);

}  // namespace dem
