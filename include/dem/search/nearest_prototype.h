// The best prototypes of features: the recogniser of DEM.
#pragma once

#include <span>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/comparison.h"
#include "dem/model/prototypes.h"

namespace dem {

// Assigns each visual feature to the k prototypes of the highest scores (dem/model/prototypes.h);
// without scales and offsets these are the nearest.
//
//   visual_features  [n, feature_dim]  one sample a row, mapped as the prototypes expect
//   prototypes       [m, feature_dim]  a Matrix or MatrixView, or with scales and offsets
//   k                1 <= k <= m
//   returns          [n, k]            rows of `prototypes`, best first
//
// Ties go to the lower row. The order is that of scores computed in double precision: a float32
// product finds the candidates, those too close to call are computed again in double. The cosine
// of a zero prototype or a zero feature is 0. Memory besides the result does not grow with n.
// Thread-safe.
// Throws Error{kShapeMismatch} where the widths differ, Error{kInvalidArgument} for k or m = 0 and
// for scales and offsets out of range.
//
//   Matrix<std::int32_t> best = nearest_prototypes(features, prototypes, 5, Metric::kCosine);
[[nodiscard]] Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                                      const PrototypesView& prototypes,
                                                      Index k,
                                                      Metric metric);

// The same for some rows of a matrix: result row i belongs to visual_features row rows[i]. (Those
// of a dataset's rows that it holds: Dataset::held.)
[[nodiscard]] Matrix<std::int32_t> nearest_prototypes(MatrixView<const float> visual_features,
                                                      std::span<const Index> rows,
                                                      const PrototypesView& prototypes,
                                                      Index k,
                                                      Metric metric);

}  // namespace dem
