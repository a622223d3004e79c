// Prototypes of classes in visual feature space, and what a score makes of them.
#pragma once

#include <span>
#include <vector>

#include "dem/base/types.h"
#include "dem/linalg/matrix.h"

namespace dem {

// A window on prototypes owned by somebody else. The score of features z for class j is
//   s_j(z) = scale_j * comparison(z, p_j) + offset_j        larger is better
// with comparison(z, p) by the Metric: minus |z - p|^2, the cosine, or the dot product.
struct PrototypesView {
  MatrixView<const float> rows;   // [m, dim], p_j
  std::span<const float> scale;   // [m], finite and above 0; empty: 1 each
  std::span<const float> offset;  // [m], finite; empty: 0 each

  PrototypesView() = default;
  // Without scales and offsets: any matrix is a table of prototypes.
  PrototypesView(MatrixView<const float> all)  // NOLINT(google-explicit-constructor)
      : rows(all) {}
  PrototypesView(MatrixView<float> all)  // NOLINT(google-explicit-constructor)
      : rows(all) {}
  PrototypesView(const Matrix<float>& all)  // NOLINT(google-explicit-constructor)
      : rows(all.view()) {}
  PrototypesView(MatrixView<const float> all,
                 std::span<const float> scales,
                 std::span<const float> offsets)
      : rows(all), scale(scales), offset(offsets) {}

  [[nodiscard]] float scale_of(Index j) const {
    return scale.empty() ? 1.0f : scale[static_cast<std::size_t>(j)];
  }
  [[nodiscard]] float offset_of(Index j) const {
    return offset.empty() ? 0.0f : offset[static_cast<std::size_t>(j)];
  }
  // Throws Error{kShapeMismatch} for scales or offsets that are not one a row,
  // Error{kInvalidArgument} for one out of range.
  void validate() const;
};

// Owns prototypes with their scales and offsets.
struct Prototypes {
  Matrix<float> rows = {};         // [num_classes, dim]
  std::vector<float> scale = {};   // [num_classes] or empty, as in PrototypesView
  std::vector<float> offset = {};  // [num_classes] or empty

  [[nodiscard]] PrototypesView view() const { return {rows.view(), scale, offset}; }
  operator PrototypesView() const { return view(); }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool empty() const { return rows.empty(); }
  [[nodiscard]] Prototypes clone() const { return {rows.clone(), scale, offset}; }
  // Puts others below these; a scale or offset that only one of them has is 1 or 0 in the other.
  // Throws Error{kShapeMismatch} for another width.
  void append(const PrototypesView& others);
};

// The prototypes of some candidate classes, a row each in their order. Throws
// Error{kInvalidArgument} for no candidate or one without a prototype.
[[nodiscard]] Prototypes candidate_prototypes(const PrototypesView& prototypes,
                                              std::span<const ClassId> candidates);

}  // namespace dem
