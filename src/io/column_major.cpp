#include "io/column_major.h"

#include <algorithm>

#include "io/convert.h"

namespace dem {

void read_column_major(
    ByteSource& source, ElementType type, bool swap_bytes, int row_axis, MatrixView<float> out) {
  // Large enough that a piece of a transposed read writes whole cache lines of `out`.
  constexpr Index kPieceBytes = Index{8} << 20;
  if (out.empty()) return;
  const Index rows = row_axis == 0 ? out.rows() : out.cols();
  const Index cols = row_axis == 0 ? out.cols() : out.rows();
  const auto size = static_cast<Index>(element_size(type));
  // A piece is either some whole columns or a part of one column.
  const Index piece_cols = std::clamp<Index>(kPieceBytes / size / rows, 1, cols);
  const Index piece_rows = std::min(rows, kPieceBytes / size);
  for (Index col = 0; col < cols; col += piece_cols) {
    const Index c = std::min(piece_cols, cols - col);
    for (Index row = 0; row < rows; row += piece_rows) {
      const Index r = std::min(piece_rows, rows - row);
      const std::byte* piece = source.take(static_cast<std::size_t>(r * c * size)).data();
      if (row_axis == 0) {
        convert_matrix(
            type, piece, size, r * size, swap_bytes, {&out(row, col), r, c, out.stride()});
      } else {
        convert_matrix(
            type, piece, r * size, size, swap_bytes, {&out(col, row), c, r, out.stride()});
      }
    }
  }
}

}  // namespace dem
