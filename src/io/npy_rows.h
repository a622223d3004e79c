// Rows of a .npy array that comes byte after byte.
#pragma once

#include <memory>
#include <string>

#include "base/sequential_file.h"
#include "dem/io/row_reader.h"

namespace dem {

// `start` was read from the file before. Throws Error{kFormat} for a broken header,
// Error{kShapeMismatch} for anything but a matrix, Error{kUnsupported} for Fortran order, whose
// rows are whole at the end only. Data that end early, or go on, are found at the last row.
[[nodiscard]] std::unique_ptr<RowReader> open_npy_stream(std::unique_ptr<SequentialFile> file,
                                                         std::string start);

}  // namespace dem
