// Sums of exp(-distance / T) over all prototypes, from the products of a search.
#pragma once

#include <vector>

#include "search/block_search.h"

namespace dem {

// exp(x) for x in [-87, 0], within 2e-7 of it relatively; 0 below. Plain arithmetic, so that
// compilers work on several numbers at once.
[[nodiscard]] float fast_exp(float x) noexcept;

// For each query x: sum over j of exp(l_j - max l), l_j = -distance_j / T up to a constant:
// l_j = f (x.p_j r_j - h_j) with f = 2 / T, r = 1, h = |p|^2 / 2 (squared Euclidean distance) or
// f = 1 / (T |x|), r = 1 / |p|, h = 0 (cosine).
class SoftmaxSums : public ProductVisitor {
 public:
  // `scores` outlives it.
  SoftmaxSums(const PrototypeScores& scores, Metric metric, double temperature);

  // Forgets the sums and starts a block of queries.
  void start(MatrixView<const float> block);
  void visit(Index query, Index first_prototype, std::span<const float> products) override;
  // The sum of a query, at least 1, whose nearest prototype has this distance; in double precision
  // where the float32 products did not serve.
  [[nodiscard]] double sum(Index query, double nearest_distance) const;

 private:
  [[nodiscard]] double logit_error(double length) const;
  [[nodiscard]] double exact_sum(Index query, double nearest_distance) const;

  const PrototypeScores& scores_;
  Metric metric_;
  double temperature_;
  std::vector<float> half_norms_;  // h
  double longest_ = 0.0;           // max |p|
  MatrixView<const float> block_;
  struct Running {
    bool serves = false;  // float32 is exact enough for this query
    float factor = 0.0f;
    float largest = 0.0f;
    double sum = 0.0;
  };
  std::vector<Running> running_;
  std::vector<float> logits_;
};

}  // namespace dem
