#include "io/column_major.h"

#include <algorithm>

#include "io/convert.h"
#include "io/overlapped.h"

namespace dem {
namespace {

// A rectangle of the stored matrix: some whole columns, or a part of one.
struct Piece {
  Index row, rows;
  Index col, cols;
};

// Cuts a [rows, cols] matrix into pieces in the order of the file.
class Pieces {
 public:
  Pieces(Index rows, Index cols, Index most)
      : rows_(rows),
        cols_(cols),
        piece_rows_(std::min(rows, most)),
        piece_cols_(std::clamp<Index>(most / rows, 1, cols)),
        a_column_((rows + piece_rows_ - 1) / piece_rows_) {}

  [[nodiscard]] Index count() const {
    return a_column_ * ((cols_ + piece_cols_ - 1) / piece_cols_);
  }
  [[nodiscard]] Piece at(Index k) const {
    const Index row = k % a_column_ * piece_rows_;
    const Index col = k / a_column_ * piece_cols_;
    return {row, std::min(piece_rows_, rows_ - row), col, std::min(piece_cols_, cols_ - col)};
  }

 private:
  Index rows_, cols_, piece_rows_, piece_cols_, a_column_;
};

}  // namespace

void read_column_major(ByteSource& source,
                       ElementType type,
                       bool swap_bytes,
                       int row_axis,
                       MatrixView<float> out,
                       const MappedFile* file) {
  // Within a core's cache; or, where the read is transposed, enough columns for whole cache lines
  // of `out`.
  const Index piece_bytes = Index{1} << (row_axis == 0 ? 23 : 20);
  if (out.empty()) return;
  const auto size = static_cast<Index>(element_size(type));
  const Pieces pieces(row_axis == 0 ? out.rows() : out.cols(),
                      row_axis == 0 ? out.cols() : out.rows(),
                      piece_bytes / size);
  const auto bytes_of = [&](Index k) { return pieces.at(k).rows * pieces.at(k).cols * size; };
  const auto convert = [&](Index k, Index part, std::span<const std::byte> bytes) {
    const Piece p = pieces.at(k);
    const Index along = row_axis == 0 ? p.rows : p.cols;
    const Index first = along * part / kConvertedParts;
    const Index count = along * (part + 1) / kConvertedParts - first;
    const Index strides[2] = {size, p.rows * size};  // from row to row, from column to column
    convert_matrix(
        type,
        bytes.data() + first * strides[row_axis],
        strides[row_axis],
        strides[1 - row_axis],
        swap_bytes,
        row_axis == 0 ? MatrixView<float>{&out(p.row + first, p.col), count, p.cols, out.stride()}
                      : MatrixView<float>{&out(p.col + first, p.row), count, p.rows, out.stride()});
    constexpr Index kReleaseBytes = Index{8} << 20;
    if (file != nullptr && part == 0 && k % (kReleaseBytes / piece_bytes) == 0)
      file->release_pages();
  };
  take_overlapped(source, pieces.count(), kConvertedParts, bytes_of, convert);
}

}  // namespace dem
