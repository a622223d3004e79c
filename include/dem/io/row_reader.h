// The rows of a matrix in a file, one block after another.
#pragma once

#include "dem/linalg/matrix.h"

namespace dem {

// Gives every row once at most, in order, converted to float32. Memory does not grow with the
// number of rows. Not thread-safe.
class RowReader {
 public:
  virtual ~RowReader() = default;
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  // -1 where only the end of the file will tell (CSV).
  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index cols() const { return cols_; }
  // Rows read and skipped so far.
  [[nodiscard]] Index position() const { return position_; }

  // Fills the first rows of `out` [count, cols()] and returns how many: all of them unless the end
  // comes first, 0 at the end. Throws Error{kShapeMismatch} for another width, Error{kIo} and
  // Error{kFormat} for broken files. Values beyond float32 become infinity; NaN stays NaN.
  [[nodiscard]] Index read(MatrixView<float> out);

  // Passes over the next `count` rows, and returns how many: all of them unless the end comes
  // first. Rows that lie plain in the file (.npy, safetensors, uncompressed .mat, HDF5, pickles)
  // are not looked at: that the file has become shorter, or a checksum of HDF5 is wrong, shows only
  // in rows that are read. Records of CSV are counted, with their cells and quotes checked, but
  // cells that are no numbers go unseen. All else (compressed .mat, .npz, PyTorch, pipes) is read
  // and dropped, with its checksum. Throws as read does, and Error{kInvalidArgument} for a negative
  // count.
  Index skip(Index count);

 protected:
  RowReader(Index rows, Index cols) : rows_(rows), cols_(cols) {}
  // The same for out.rows() >= 1; where rows() is known, out never asks for more than are left.
  virtual Index next(MatrixView<float> out) = 0;
  // The same without the numbers, for count >= 1 rows. By default reads and drops them.
  virtual Index pass_over(Index count);

 private:
  Index rows_;
  Index cols_;
  Index position_ = 0;
};

}  // namespace dem
