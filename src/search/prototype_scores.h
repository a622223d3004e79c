// Float32 scores of prototypes, each with an interval that certainly holds the exact one.
//
// A score orders the prototypes of one query x as the distance does:
//   Euclidean  s_j = |p_j|^2 / 2 - x.p_j     = (|x - p_j|^2 - |x|^2) / 2
//   cosine     s_j = -x.p_j / |p_j|          = |x| (distance - 1)
// Both are h_j - g_j r_j with g_j = x.p_j from one float32 matrix product, h_j = |p_j|^2 / 2 or 0,
// r_j = 1 or 1 / |p_j|. How far the computed value can be off, with u = 2^-24, v = 2^-53, d =
// feature_dim and gamma = d u / (1 - d u):
//   - g_j: at most gamma |x| |p_j| + eta, in whatever order and with or without fused operations
//     the products are added (Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition,
//     equation 3.5); eta = 2 d 2^-126 for products and sums lost to underflow, flushed ones too;
//   - rounding h_j and r_j to float32, the product g_j r_j, the difference, and moving the ends of
//     the interval outwards: at most u times h_j or |x| |p_j| r_j each. Euclidean: 3 u h_j + 2 u
//     |x| |p_j|, cosine: 3 u |x|, up to terms of second order;
//   - the double-precision distance that decides ties is not exact either. Euclidean: half of
//     (d + 4) v (|x| + |p_j|)^2 <= (d + 4) v (|x|^2 + |p_j|^2); cosine: (2 d + 8) v |x|.
// So the order by the double-precision distance is certain where intervals of half width
//   Euclidean  (gamma + 4 u) |x| |p_j| + (2 u + (d + 4) v) |p_j|^2 + (d + 4) v |x|^2 + 2 eta
//   cosine     (gamma + 4 u) |x| + 2 eta / |p_j| + (2 d + 8) v |x|
// are disjoint; the first terms carry the factor 1 + 2^-10 for all that is of second order and for
// the rounding of the widths themselves. The terms of x alone are kept apart, in double.
// Where a product could overflow no interval is claimed: the prototype or query is then decided in
// double precision.
#pragma once

#include <span>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/model.h"

namespace dem {

inline constexpr double kFloatUnit = 0x1p-24;          // u
inline constexpr double kSecondOrder = 1.0 + 0x1p-10;  // factor that covers terms of second order

// What the widths need to know of one query.
struct QueryBound {
  float product_error = 0.0f;  // (gamma + 4 u) |x|, to be multiplied by reach[j]
  double noise = 0.0;          // the terms of x alone: intervals grow by it at both ends
  bool exact_only = false;     // no interval holds: decide all in double precision
  double norm = 0.0;           // at least |x|
  float largest = 0.0f;        // magnitude of its numbers
};

// The interval of prototype j with product g is [(low[j] - g scale[j]) - e reach[j], (high[j] - g
// scale[j]) + e reach[j]], e = product_error, all in float32. Unusable prototypes have low =
// -infinity and high = infinity.
struct Intervals {
  const float* low;
  const float* high;
  const float* scale;
  const float* reach;
};

// Computed once a table of prototypes, which must outlive it.
class PrototypeScores {
 public:
  PrototypeScores(MatrixView<const float> prototypes, Metric metric);

  [[nodiscard]] QueryBound bound(std::span<const float> query) const;

  // The double-precision distance that defines the order: squared Euclidean, or 1 - cosine.
  //   query_norm  norm_of(query)
  // NaN counts as infinity.
  [[nodiscard]] double exact_distance(std::span<const float> query,
                                      double query_norm,
                                      Index prototype) const;
  [[nodiscard]] double norm_of(std::span<const float> query) const;

  [[nodiscard]] MatrixView<const float> prototypes() const { return prototypes_; }

  // The same numbers [feature_dim, m], which the BLAS rearranges faster; empty for a table so large
  // that a second one would cost much memory, and whose products take much longer anyway.
  [[nodiscard]] MatrixView<const float> transposed() const { return transposed_; }

  [[nodiscard]] Intervals intervals() const {
    return {low_.data(), high_.data(), scale_.data(), reach_.data()};
  }
  [[nodiscard]] const float* low() const { return low_.data(); }
  [[nodiscard]] const float* high() const { return high_.data(); }
  [[nodiscard]] const float* scale() const { return scale_.data(); }
  [[nodiscard]] const float* reach() const { return reach_.data(); }
  // Whether the prototype has an interval.
  [[nodiscard]] bool usable(Index j) const;
  [[nodiscard]] double norm(Index j) const { return norms_[static_cast<std::size_t>(j)]; }

 private:
  void prepare(Index row);
  void transpose();

  MatrixView<const float> prototypes_;
  Matrix<float> transposed_;
  Metric metric_;
  double relative_error_;      // (gamma + 4 u) (1 + 2^-10)
  double underflow_;           // 2 eta
  double largest_norm_ = 0.0;  // of the usable prototypes
  std::vector<float> low_, high_, scale_, reach_;
  std::vector<double> norms_;
};

}  // namespace dem
