// Arrays of a dataset's files, checked as they are read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dem/io/array_file.h"

namespace dem {

// An array in an open file; the file outlives it.
struct ArrayRef {
  ArrayFile* file = nullptr;
  const ArrayInfo* info = nullptr;

  explicit operator bool() const { return info != nullptr; }
  // "path: variable name", the start of every message about it.
  [[nodiscard]] std::string where() const;
};

// The extents that a matrix must have; 0 leaves one free.
struct Extents {
  Index rows = 0;
  Index cols = 0;
};

// The extents found in a file when samples lie along `row_axis`. Throws Error{kFormat} for an array
// without numbers and for extents that no file of this size can hold, Error{kShapeMismatch} for a
// rank other than 2, for an empty matrix, and for extents other than `expected`; `why` says where
// the expectation comes from. A matrix that would fit with its axes swapped is called transposed.
[[nodiscard]] Extents checked_extents(const ArrayRef& array,
                                      int row_axis,
                                      Extents expected,
                                      std::string_view why);

// Whether a file's format has samples in columns as often as in rows: MATLAB's and HDF5.
[[nodiscard]] bool may_have_columns(const ArrayFile& file);

// The axis of a matrix that has `length` entries, 0 where neither has (checked_extents says so);
// none where both have.
[[nodiscard]] std::optional<int> axis_of_length(const ArrayRef& array, Index length);

// Where a matrix holds what is not a finite number.
struct MatrixPlace {
  Index row = 0;
  Index col = 0;
};
// The first such place, row by row; none where all numbers are finite.
[[nodiscard]] std::optional<MatrixPlace> first_not_finite(MatrixView<const float> matrix);

// Throws Error{kFormat} at the first value of `rows` that is not a finite float32, with its row and
// column as Python shows the file. `rows` are those from first_row on of the array.
void require_finite(const ArrayRef& array,
                    int row_axis,
                    MatrixView<const float> rows,
                    Index first_row = 0);

// Reads into `out`, then as require_finite.
void read_finite(const ArrayRef& array, int row_axis, MatrixView<float> out);

// checked_extents and read_finite in one.
[[nodiscard]] Matrix<float> read_checked_matrix(const ArrayRef& array,
                                                int row_axis,
                                                Extents expected,
                                                std::string_view why);

// Whole numbers; throws Error{kFormat} where there are none.
[[nodiscard]] std::vector<std::int64_t> read_checked_integers(const ArrayRef& array);

// The array of this name, or, where none is, the only one whose name ends with ".NAME" or "/NAME":
// that of a struct or a group. Empty where there is none. Throws Error{kFormat} listing them where
// several are.
[[nodiscard]] ArrayRef find_named(ArrayFile& file, std::string_view name);
// The same; throws Error{kFormat} listing what the file holds where there is none.
[[nodiscard]] ArrayRef require_named(ArrayFile& file, std::string_view name);

// The only array of the file at `path`. Throws Error{kFormat} listing the arrays of a file that
// holds several numeric ones, or none.
[[nodiscard]] ArrayRef only_array(ArrayFile& file);

// Adds the array's file to `files` unless it is there.
void remember_file(std::vector<std::string>& files, const ArrayRef& array);

}  // namespace dem
