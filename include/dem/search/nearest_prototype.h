// Nearest-prototype search: the recogniser of DEM.
#pragma once

#include <span>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/model.h"

namespace dem {

// Assigns each visual feature to the k nearest prototypes.
//
//   visual_features  [n, feature_dim]  one sample a row, scaled as the prototypes expect
//   prototypes       [m, feature_dim]
//   k                1 <= k <= m
//   returns          [n, k]            rows of `prototypes`, nearest first
//
// Ties go to the lower row. The order is that of distances computed in double precision: a float32
// product finds the candidates, those too close to call are computed again in double. Cosine
// distance to a zero prototype (or from a zero feature) is 1. Memory besides the result does not
// grow with n. Thread-safe.
// Throws Error{kShapeMismatch} where the widths differ, Error{kInvalidArgument} for k or m = 0.
[[nodiscard]] Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                                      MatrixView<const float> prototypes,
                                                      Index k,
                                                      Metric metric);

// The same for some rows of a matrix: result row i belongs to visual_features row rows[i]. (Those
// of a dataset's rows that it holds: Dataset::held.)
[[nodiscard]] Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                                      std::span<const Index> rows,
                                                      MatrixView<const float> prototypes,
                                                      Index k,
                                                      Metric metric);

}  // namespace dem
