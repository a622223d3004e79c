// Some rows of a matrix.
#pragma once

#include <algorithm>
#include <span>

#include "dem/linalg/matrix.h"

namespace dem {

// A copy of rows `places` (each of 0 .. rows - 1), in that order.
template <typename T, typename Place>
[[nodiscard]] Matrix<T> picked_rows(MatrixView<const T> rows, std::span<const Place> places) {
  Matrix<T> out = Matrix<T>::uninitialised(static_cast<Index>(places.size()), rows.cols());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::span<const T> from = rows.row(static_cast<Index>(places[i]));
    std::copy(from.begin(), from.end(), out.row(static_cast<Index>(i)).begin());
  }
  return out;
}

}  // namespace dem
