// What a MAT v5 file says of an array.
#pragma once

#include "dem/io/array_file.h"
#include "io/mat5_element.h"

namespace dem::mat5 {

// Cells of a single cell are taken for what they hold, so many within each other.
inline constexpr int kMostNested = 4;

// Of an array whose head was just read; kOther with a note where it cannot be read.
[[nodiscard]] ArrayInfo describe(ElementReader& reader, const ArrayHead& head);

}  // namespace dem::mat5
