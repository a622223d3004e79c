// Arrays of numbers that lie in memory with any distance between neighbours: views of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "dem/io/array_file.h"
#include "dem/io/row_reader.h"

namespace dem {

struct StridedArray {
  std::span<const std::byte> bytes;  // all numbers that may be meant, and perhaps others
  Index offset = 0;                  // of the first number, counted in numbers
  std::vector<Index> strides;        // from one number to the next along each axis; not negative
  bool swap_bytes = false;           // the numbers are in the other byte order
};

// The strides of an array without gaps.
[[nodiscard]] std::vector<Index> plain_strides(const std::vector<Index>& shape, bool fortran_order);

// Throws Error{kFormat} with `where` unless every number of the array, of extents and strides of
// any value, lies within the bytes.
void check_strides(const StridedArray& array, const ArrayInfo& info, const std::string& where);

// Whether the numbers come one after another with the last axis fastest.
[[nodiscard]] bool is_row_major(const StridedArray& array, const std::vector<Index>& shape);

// The numbers as RawTensor has them: a window on array.bytes where they lie there so, else on
// `storage`, which then holds a copy.
[[nodiscard]] std::span<const std::byte> plain_numbers(const StridedArray& array,
                                                       const ArrayInfo& info,
                                                       std::vector<std::byte>& storage);

// ArrayFile::read_matrix and ArrayFile::read_integers of `file` for such an array.
void read_strided_matrix(const StridedArray& array,
                         const ArrayFile& file,
                         const ArrayInfo& info,
                         int row_axis,
                         MatrixView<float> out);
[[nodiscard]] std::vector<std::int64_t> read_strided_integers(const StridedArray& array,
                                                              const ArrayFile& file,
                                                              const ArrayInfo& info);

// Rows gathered from the bytes, which outlive the reader; those of `file` are given back behind it.
[[nodiscard]] std::unique_ptr<RowReader> open_strided_rows(const MappedFile& file,
                                                           const StridedArray& array,
                                                           const ArrayInfo& info,
                                                           int row_axis);

}  // namespace dem
