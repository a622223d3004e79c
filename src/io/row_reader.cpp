#include "dem/io/row_reader.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

Index RowReader::read(MatrixView<float> out) {
  if (out.cols() != cols_) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("reading rows: expected room for ", cols_, " columns, got ", out.cols()));
  }
  const Index wanted = rows_ < 0 ? out.rows() : std::min(out.rows(), rows_ - position_);
  if (wanted == 0) return 0;
  if (cols_ == 0) {  // nothing lies in the file
    position_ += wanted;
    return wanted;
  }
  const Index got = next(out.row_block(0, wanted));
  position_ += got;
  return got;
}

Index RowReader::skip(Index count) {
  if (count < 0) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("skipping rows: expected at least 0, got ", count));
  }
  const Index wanted = rows_ < 0 ? count : std::min(count, rows_ - position_);
  if (wanted == 0) return 0;
  const Index before = position_;
  const Index got = cols_ == 0 ? wanted : pass_over(wanted);
  position_ = before + got;  // not +=: the default reads
  return got;
}

Index RowReader::pass_over(Index count) {
  constexpr Index kPieceBytes = Index{1} << 20;
  const Index row_bytes = cols_ * static_cast<Index>(sizeof(float));
  Matrix<float> dropped =
      Matrix<float>::uninitialised(std::clamp<Index>(kPieceBytes / row_bytes, 1, count), cols_);
  Index done = 0;
  while (done < count) {
    const Index wanted = std::min(dropped.rows(), count - done);
    const Index got = read(dropped.view().row_block(0, wanted));
    done += got;
    if (got < wanted) break;
  }
  return done;
}

}  // namespace dem
