// Checks and wordings that every array reader shares.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "dem/io/array_file.h"
#include "dem/io/raw_tensor.h"

namespace dem {

// "FILE: variable NAME", the start of a message.
[[nodiscard]] std::string place(const std::string& path, const std::string& name);

// The first arrays of a file, "NAME TYPE [SHAPE], ...", for messages; "none" where it has none.
[[nodiscard]] std::string listed_arrays(const ArrayFile& file);

// Which of file.arrays() `info` is or is named as; throws Error{kFormat} where it is none. At once
// for one of them itself, so that reading all of very many takes no time that grows as their
// square.
[[nodiscard]] std::size_t array_index(const ArrayFile& file, const ArrayInfo& info);

// The product of the extents; throws Error{kFormat} with `where` if one is negative or the product
// times eight bytes does not fit Index.
[[nodiscard]] Index element_count(std::span<const Index> shape, const std::string& where);

// Rank 2, further extents of 1 aside: what convolutions give is [n, d, 1, 1].
[[nodiscard]] bool is_matrix_shape(std::span<const Index> shape);

// Whether an array of rank 1 is read as one row by open_rows: of files that keep numbers in one
// block.
[[nodiscard]] bool is_row_vector(const ArrayFile& file, const ArrayInfo& info);

// What open_rows promises: a numeric array of rank 2, or a row vector along axis 0, row_axis 0 or
// 1.
void check_rows_request(const ArrayFile& file, const ArrayInfo& info, int row_axis);

// What read_matrix promises: a numeric array of rank 2, row_axis 0 or 1, and an `out` that fits.
void check_matrix_request(const ArrayFile& file,
                          const ArrayInfo& info,
                          int row_axis,
                          MatrixView<float> out);

// The number of elements of a numeric array with at most one extent other than 1; throws
// Error{kShapeMismatch} or Error{kFormat} for any other.
[[nodiscard]] Index checked_vector_length(const ArrayFile& file, const ArrayInfo& info);

// Throws Error{kInvalidArgument} with `where` unless a tensor to write has a numeric type and as
// many bytes as type and shape ask for.
void check_tensor_bytes(const RawTensor& tensor, const std::string& where);

// Whether at most one extent is other than 1: names as MATLAB has them are [n, 1].
[[nodiscard]] bool is_list(const ArrayInfo& info);

// Throws Error{kFormat} unless the array is text.
void check_text_request(const ArrayFile& file, const ArrayInfo& info);

}  // namespace dem
