// Scaling of visual features, fitted on training rows only and kept in the model.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/linalg/matrix.h"

namespace dem {

enum class ScalingKind {
  kNone,
  kMinMax,    // (x - min) / (max - min) per dimension: training rows land in [0, 1]
  kStandard,  // (x - mean) / standard deviation (divisor n) per dimension
  kL2,        // each row divided by its Euclidean norm; a zero row stays zero
};

[[nodiscard]] std::string_view to_string(ScalingKind kind) noexcept;
// "none", "minmax", "standard", "l2"; throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] ScalingKind scaling_kind_from_string(std::string_view name);

// x -> (x - shift) * factor per dimension for kMinMax and kStandard; a dimension that is constant
// over the training rows, or varies by less than float32 can divide by (2^-128), gets factor 1.
struct FeatureScaling {
  ScalingKind kind = ScalingKind::kNone;
  std::vector<float> shift;   // [feature_dim]; empty for kNone and kL2
  std::vector<float> factor;  // [feature_dim]; empty for kNone and kL2

  // Fits on the given rows of visual_features [n, feature_dim]; sums are taken in double. In a
  // group on those of all ranks: each gives the rows of its own matrix, maybe none, all matrices
  // are of one width, and all get the same scaling (kStandard: up to rounding what one process gets
  // of all rows, the other kinds exactly that). Throws, on all ranks alike, Error{kInvalidArgument}
  // where no rank has a row or a row leaves the matrix, Error{kNumerical} where the rows hold
  // values beyond float32 (infinity, or a range that overflows).
  [[nodiscard]] static FeatureScaling fit(ScalingKind kind,
                                          MatrixView<const float> visual_features,
                                          std::span<const Index> rows,
                                          Communicator& group = self_communicator());

  // kMinMax and kStandard of what the rows say together: smallest and largest values [feature_dim],
  // or means and variances (divisor n). Throw Error{kNumerical} as fit().
  [[nodiscard]] static FeatureScaling from_ranges(std::span<const float> lowest,
                                                  std::span<const float> highest);
  [[nodiscard]] static FeatureScaling from_moments(std::span<const double> means,
                                                   std::span<const double> variances);

  // Scales in place. Throws Error{kShapeMismatch} where the width is not the fitted one.
  void apply(MatrixView<float> visual_features) const;
};

}  // namespace dem
