// Rows of an array in a MAT v5 file.
#pragma once

#include <memory>

#include "base/mapped_file.h"
#include "dem/io/row_reader.h"
#include "io/mat5_open_element.h"

namespace dem::mat5 {

// A plain array is read where it lies; of a compressed one the rows come as it is inflated where
// they lie one after another in it (row_axis 1), else out of a scratch file. Null for an array so
// small that it lies within its tag. `file` must outlive the reader.
[[nodiscard]] std::unique_ptr<RowReader> open_rows(const MappedFile& file,
                                                   const Element& element,
                                                   bool swap_bytes,
                                                   const ArrayInfo& info,
                                                   int row_axis);

}  // namespace dem::mat5
