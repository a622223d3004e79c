// The rows of a matrix in a file, one block after another.
#pragma once

#include "dem/linalg/matrix.h"

namespace dem {

// Gives every row once, in order, converted to float32. Memory does not grow with the number of
// rows. Not thread-safe.
class RowReader {
 public:
  virtual ~RowReader() = default;
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  // -1 where only the end of the file will tell (CSV).
  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index cols() const { return cols_; }
  // Rows read so far.
  [[nodiscard]] Index position() const { return position_; }

  // Fills the first rows of `out` [count, cols()] and returns how many: all of them unless the end
  // comes first, 0 at the end. Throws Error{kShapeMismatch} for another width, Error{kIo} and
  // Error{kFormat} for broken files. Values beyond float32 become infinity; NaN stays NaN.
  [[nodiscard]] Index read(MatrixView<float> out);

 protected:
  RowReader(Index rows, Index cols) : rows_(rows), cols_(cols) {}
  // The same for out.rows() >= 1; where rows() is known, out never asks for more than are left.
  virtual Index next(MatrixView<float> out) = 0;

 private:
  Index rows_;
  Index cols_;
  Index position_ = 0;
};

}  // namespace dem
