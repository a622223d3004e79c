#include "model/class_rows.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/double_sums.h"

namespace dem {

MatrixView<const float> rows_in(const ClassInput& input, const ClassTable& classes) {
  const Matrix<float>& rows = classes.space(input.space);
  if (rows.rows() == classes.size() && rows.cols() == input.dim) return rows;
  throw Error(ErrorKind::kShapeMismatch,
              concat("class table, space \"",
                     input.space,
                     "\": expected [",
                     classes.size(),
                     ", ",
                     input.dim,
                     "], got [",
                     rows.rows(),
                     ", ",
                     rows.cols(),
                     "]"));
}

Matrix<float> taken_rows(const ClassInput& input, bool unit_rows, const ClassTable& classes) {
  const MatrixView<const float> rows = rows_in(input, classes);
  Matrix<float> taken = Matrix<float>::uninitialised(rows.rows(), rows.cols());
  for (Index c = 0; c < rows.rows(); ++c) {
    const std::span<const float> from = rows.row(c);
    const double norm = unit_rows ? std::sqrt(squared_norm(from)) : 1.0;
    const double divisor = norm > 0.0 ? norm : 1.0;
    std::transform(from.begin(), from.end(), taken.row(c).begin(), [divisor](float value) {
      return static_cast<float>(double{value} / divisor);
    });
  }
  return taken;
}

}  // namespace dem
