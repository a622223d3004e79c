// Rows of an array that lies in a file as one block of plain numbers.
#pragma once

#include <memory>

#include "base/positioned_file.h"
#include "dem/io/array_file.h"
#include "dem/io/row_reader.h"

namespace dem {

struct StoredRowsOptions {
  std::size_t offset = 0;  // of the array in the file
  ElementType type = ElementType::kFloat32;
  bool swap_bytes = false;
  Index rows = 0;
  Index cols = 0;
  bool by_column = false;  // the first column's numbers come first, then the second's, ...
};

// `file` must outlive the reader and hold rows * cols numbers at `offset`. Reads by copying, so
// that the file's pages do not pile up in this process, with all threads. Skips without reading.
[[nodiscard]] std::unique_ptr<RowReader> open_stored_rows(const PositionedFile& file,
                                                          const StoredRowsOptions& options);

// The same for an array of the shape and order of `info` with rows along `row_axis`.
[[nodiscard]] StoredRowsOptions stored_rows_options(const ArrayInfo& info,
                                                    int row_axis,
                                                    bool fortran_order);

// All rows in memory: for arrays and files that cannot be read in blocks.
[[nodiscard]] std::unique_ptr<RowReader> open_memory_rows(ArrayFile& file,
                                                          const ArrayInfo& info,
                                                          int row_axis);

}  // namespace dem
