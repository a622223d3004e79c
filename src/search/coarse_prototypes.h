// Prototypes rounded to 16-bit whole numbers, whose products are exact and take half the time of
// float32 ones: they find the few prototypes that are worth a closer look.
//
// Each row x is X times a step s, with whole X; D is the norm of x - s X. |x_i - s X_i| <= c s, c =
// 0.51: half a step, and the float32 rounding of x_i / s. Steps are such that the norms of X are at
// most 46340, so that every partial sum of X.P is below 2^31 by Cauchy-Schwarz, and such that
// |X_i| < 2^15.
//   |x.p - s_x s_p X.P| <= D_x |p| + (|x| + D_x) D_p
// With R the largest D_p / |p|, and 4 u (u = 2^-24) for rounding X.P, the steps and their products
// to float32, that is at most ((|x| + D_x) (R + 4 u) + D_x) |p|: what stands in prototype_scores.h
// in the place of gamma |x| |p|. A query's factor a goes into its step, which adds 3 u; costs with
// a shift are left to float32.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "search/prototype_scores.h"

namespace dem {

// A block of queries, packed.
struct CoarseQueries {
  std::vector<std::int32_t> pairs;  // [groups, pairs of numbers, detail::kCoarseRows]
  std::vector<float> steps;         // [groups * detail::kCoarseRows]
  std::vector<std::int16_t> row;    // scratch
};

// Whether to begin with them where k of m prototypes are wanted: of many it takes longer to find
// the order than to form the products.
[[nodiscard]] inline bool coarse_pays(Index k, Index m) {
  return 8 * k <= m;
}

// Thread-safe.
class CoarsePrototypes {
 public:
  // What `scores` holds; it must outlive this.
  explicit CoarsePrototypes(const PrototypeScores& scores);

  // Whether searches should try: the processor, the prototypes' size and magnitudes, and how
  // earlier blocks went.
  [[nodiscard]] bool serves() const { return serves_.load(std::memory_order_relaxed); }
  // Of the queries of a block: whether the product told enough prototypes from the nearest ones.
  // Where it mostly does not for a while, searches do without from then on.
  void note(Index queries, bool decided) const;

  // Packs a block. False where a query is too small, too large or not finite.
  //   bounds  what scores.bound() says of each row; gets this product's errors
  [[nodiscard]] bool pack(MatrixView<const float> block,
                          std::span<QueryBound> bounds,
                          CoarseQueries& queries) const;

  // Products of packed queries with prototypes first .. first + columns - 1, first a multiple of
  // detail::kCoarsePanel, by the thread team, into rows of at least columns + detail::kCoarseLanes
  // numbers.
  void multiply(const CoarseQueries& queries,
                Index first,
                Index columns,
                MatrixView<float> products) const;

  // For those products.
  [[nodiscard]] Intervals intervals() const {
    return {scores_.low(), scores_.high(), scale_.data(), scores_.reach()};
  }

 private:
  // Returns the largest D / |p| in it.
  double pack_panel(Index first);
  // At least D.
  [[nodiscard]] double moved_by(float step, float squared_rest) const;
  [[nodiscard]] float step_of(double norm, float largest) const;
  [[nodiscard]] Index panel_width(Index first) const;

  const PrototypeScores& scores_;
  Index pairs_;
  double most_norm_;            // of X
  double largest_moved_ = 0.0;  // R
  Matrix<std::int32_t> b_;      // panel after panel, each [pairs, width]
  std::vector<float> scale_;    // s_p times the scores' scale
  mutable std::atomic<bool> serves_{false};
  mutable std::atomic<Index> in_vain_{0};  // undecided queries less decided ones, at least 0
};

}  // namespace dem
