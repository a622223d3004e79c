// Sparse matrices, as MATLAB and scipy store them, read as dense ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

// The note of an array that is read through here.
inline constexpr std::string_view kSparseNote = "sparse";

// Compressed columns: the entries of column j are those from pointers[j] to pointers[j + 1] - 1.
struct SparseColumns {
  Index rows = 0, cols = 0;
  std::vector<std::int64_t> pointers;  // [cols + 1]
  std::vector<std::int64_t> indices;   // a row an entry
  std::vector<float> values;           // an entry each
};

// Whether a dense array of so many elements is taken: up to 1 GiB, or as much as a file of this
// many bytes may stand for, so that no lying header asks for memory.
[[nodiscard]] bool is_plausible_dense(Index rows, Index cols, std::uint64_t file_bytes);

// Throws Error{kFormat} with `where` for pointers that do not rise from 0 to the number of entries,
// for other numbers of indices and values, and for rows out of range.
void check_sparse(const SparseColumns& sparse, const std::string& where);

// All elements. `row_axis` 0: out [rows, cols]; 1: out [cols, rows]. Entries at one place add up.
void fill_dense(const SparseColumns& sparse, int row_axis, MatrixView<float> out);

// All elements of a single row or column. Throws Error{kFormat} with `where` and the position of
// one that is not whole.
[[nodiscard]] std::vector<std::int64_t> dense_integers(const SparseColumns& sparse,
                                                       const std::string& where);

}  // namespace dem
