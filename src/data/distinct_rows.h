// Which rows of one or more matrices say the same.
#pragma once

#include <span>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

struct DistinctRows {
  std::vector<Index> first;     // row where each distinct one appears first, ascending
  std::vector<Index> group_of;  // [n], position in `first` of each row's equal

  [[nodiscard]] Index size() const { return static_cast<Index>(first.size()); }
};

// Rows are equal where they are byte for byte in every one of the matrices, which have the same
// number of rows; hashes find them and comparison confirms.
[[nodiscard]] DistinctRows find_distinct_rows(std::span<const MatrixView<const float>> matrices);

// The same of directions: rows of norm 1 (or 0) are equal where their coordinates are, rounded to a
// multiple of 1e-6.
[[nodiscard]] DistinctRows find_distinct_directions(MatrixView<const double> unit_rows);

}  // namespace dem
