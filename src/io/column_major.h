// Reading MATLAB's column-major matrices piece by piece.
#pragma once

#include "base/mapped_file.h"
#include "dem/io/array_file.h"
#include "io/byte_source.h"

namespace dem {

// Reads a [rows, cols] array, stored column after column, from `source` into `out`: [rows, cols]
// for row_axis 0, [cols, rows] for row_axis 1. Holds a few MiB at a time, and converts a piece
// while the next is taken. `type` is numeric. `file`, if any, is what `source` reads, whose pages
// are given back behind it.
void read_column_major(ByteSource& source,
                       ElementType type,
                       bool swap_bytes,
                       int row_axis,
                       MatrixView<float> out,
                       const MappedFile* file = nullptr);

}  // namespace dem
