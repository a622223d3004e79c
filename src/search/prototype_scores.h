// Float32 costs of prototypes, each with an interval that certainly holds the exact one.
//
// The score of a query x for prototype j (dem/model/prototypes.h), larger is better, is
//   s_j c(x, p_j) + o_j   with c = -|x - p|^2, x.p / (|x| |p|), or x.p.
// A cost orders the prototypes of one query as minus the score does; the search works with costs
//   cost_j = h_j - r_j g_j,   g_j = a x.p_j + b
// from one float32 matrix product, with a and b of the query, h_j and r_j of the prototype. With S
// the largest scale, s = s_j / S and o = (o_j - o_0) / S (what all have in common does not matter):
//                                        h                  r        a       b
//   Euclidean, equal scales      |p|^2 / 2 - o / 2          1        1       0
//   Euclidean, other scales      s |p|^2 / 2 - o / 2        s        1       -|x|^2 / 2
//   cosine, equal offsets        0                          s / |p|  1       0
//   cosine, other offsets        -o                         s / |p|  1/|x|   0
//   dot product                  -o                         s        1       0
// (the second from s |x - p|^2 = s |p|^2 - 2 s (x.p - |x|^2 / 2): scales cost no second product).
//
// How far the computed cost can be off, with u = 2^-24, v = 2^-53, d = feature_dim and gamma = d u
// / (1 - d u):
//   - x.p_j: at most gamma |x| |p_j| + eta, in whatever order and with or without fused operations
//     the products are added (Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition,
//     equation 3.5); eta = 2 d 2^-126 for products and sums lost to underflow, flushed ones too;
//   - rounding a, b and g_j: at most 2 u a |x| |p_j| where a is not 1; u |x| |p_j| + u |x|^2 where
//     b is not 0;
//   - rounding r_j, the product r_j g_j, the difference, and moving the ends of the interval
//     outwards: u times r_j |g_j| each; rounding h_j, the difference and the ends: u times H_j
//     each, H_j the sum of the magnitudes of h_j's terms;
//   - the double-precision score that decides ties is not exact either. Euclidean: half of
//     (d + 4) v s (|x| + |p_j|)^2 <= (d + 4) v s (|x|^2 + |p_j|^2); cosine: (2 d + 8) v |x| s;
//     the scale, the offset and the sum: some v times H_j.
// So the order by the double-precision score is certain where intervals of half width
//   (gamma + 4 u) a |x| r_j |p_j| + (4 u + 2 (d + 8) v) H_j + 2 eta r_j a + noise
// are disjoint, 4 u being 6 u with b and 7 u with a, and noise the terms of x alone: (d + 8) v
// |x|^2 for the Euclidean metric, and 4 u |x|^2 with b (s is at most 1); (2 d + 8) v a |x| for
// cosine. The first terms carry the factor 1 + 2^-10 for all that is of second order and for the
// rounding of the widths themselves. Where a product could overflow no interval is claimed: the
// prototype or query is then decided in double precision.
#pragma once

#include <span>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/model.h"
#include "dem/model/prototypes.h"

namespace dem {

inline constexpr double kFloatUnit = 0x1p-24;          // u
inline constexpr double kSecondOrder = 1.0 + 0x1p-10;  // factor that covers terms of second order

// What costs and widths need to know of one query.
struct QueryBound {
  float product_error = 0.0f;  // (gamma + 4 u) a |x|, to be multiplied by reach[j]
  double noise = 0.0;          // the terms of x alone: intervals grow by it at both ends
  bool exact_only = false;     // no interval holds: decide all in double precision
  double norm = 0.0;           // at least |x|
  float largest = 0.0f;        // magnitude of its numbers
  float factor = 1.0f;         // a
  float shift = 0.0f;          // b

  // g of a product x.p.
  [[nodiscard]] float adjusted(float product) const { return factor * product + shift; }
};

// The interval of prototype j with g is [(low[j] - g scale[j]) - e reach[j], (high[j] - g scale[j])
// + e reach[j]], e = product_error, all in float32. Unusable prototypes have low = -infinity and
// high = infinity.
struct Intervals {
  const float* low;
  const float* high;
  const float* scale;  // r
  const float* reach;  // r |p|
};

// Computed once a table of prototypes, which must outlive it.
class PrototypeScores {
 public:
  // Throws as prototypes.validate().
  PrototypeScores(const PrototypesView& prototypes, Metric metric);

  [[nodiscard]] QueryBound bound(std::span<const float> query) const;
  // Whether a query's bound has a factor or a shift, so that its products need adjusting.
  [[nodiscard]] bool adjusts_products() const { return form_ != Form::kPlain; }
  // Whether products may be multiplied by numbers of the prototype before they are adjusted.
  [[nodiscard]] bool shifts_products() const { return form_ == Form::kShifted; }

  // The double-precision score that defines the order.
  //   query_norm  norm_of(query)
  // NaN counts as -infinity.
  [[nodiscard]] double exact_score(std::span<const float> query,
                                   double query_norm,
                                   Index prototype) const;
  [[nodiscard]] double norm_of(std::span<const float> query) const;

  [[nodiscard]] MatrixView<const float> prototypes() const { return all_.rows; }
  [[nodiscard]] Metric metric() const { return metric_; }

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
  [[nodiscard]] const float* level() const { return level_.data(); }  // h
  // Whether the prototype has an interval.
  [[nodiscard]] bool usable(Index j) const;
  [[nodiscard]] double norm(Index j) const { return norms_[static_cast<std::size_t>(j)]; }

  // What a difference of costs is as a difference of scores, for a query of this norm; 0 where all
  // scores are equal.
  [[nodiscard]] double score_of_cost(double query_norm) const;
  // The usual rounding error of a float32 cost of such a query: the certain bound grows with
  // feature_dim and is far from what happens.
  [[nodiscard]] double usual_cost_error(double query_norm) const;

 private:
  enum class Form { kPlain, kShifted, kUnitQuery };
  // One prototype's h, H and r, and what stands for |p| in reach / r.
  struct Terms {
    double level = 0.0, magnitude = 0.0, rate = 0.0, length = 0.0;
    bool usable = false;
  };

  [[nodiscard]] Form find_form() const;
  [[nodiscard]] Terms terms_of(Index row, double squared) const;
  void prepare(Index row);
  void transpose();
  void widen_noise(QueryBound& bound, double dim) const;
  void adjust(QueryBound& bound, std::span<const float> query) const;

  PrototypesView all_;
  Matrix<float> transposed_;
  Metric metric_;
  double largest_scale_ = 1.0;  // S
  Form form_;
  double gamma_;
  double underflow_;            // 2 eta
  double largest_norm_ = 0.0;   // of the usable prototypes, likewise below
  double largest_rate_ = 0.0;   // r
  double largest_reach_ = 0.0;  // r |p|
  double largest_level_ = 0.0;  // H
  std::vector<float> low_, high_, scale_, reach_, level_;
  std::vector<double> norms_;
};

}  // namespace dem
