// The mean of a matrix's rows.
#pragma once

#include <vector>

#include "base/at.h"
#include "dem/linalg/matrix.h"

namespace dem {

// [cols], summed in double; zeros of no rows.
template <typename Out = double, typename T>
[[nodiscard]] std::vector<Out> mean_row(MatrixView<T> rows) {
  std::vector<double> sums(at(rows.cols()), 0.0);
  for (Index i = 0; i < rows.rows(); ++i) {
    for (Index d = 0; d < rows.cols(); ++d) sums[at(d)] += static_cast<double>(rows(i, d));
  }
  std::vector<Out> mean;
  const double count = rows.rows() > 0 ? static_cast<double>(rows.rows()) : 1.0;
  for (const double sum : sums) mean.push_back(static_cast<Out>(sum / count));
  return mean;
}

}  // namespace dem
