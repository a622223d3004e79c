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

}  // namespace dem
