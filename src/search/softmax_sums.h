// Sums of exp(score / T) over all prototypes, from the products of a search.
#pragma once

#include <vector>

#include "search/block_search.h"

namespace dem {

// exp(x) for x in [-87, 0], within 2e-7 of it relatively; 0 below. Plain arithmetic, so that
// compilers work on several numbers at once.
[[nodiscard]] float fast_exp(float x) noexcept;

// For each query: sum over j of exp(l_j - max l), l_j = score_j / T up to a constant, which is
// f (g_j r_j - h_j) in the terms of prototype_scores.h, f = score_of_cost / T.
class SoftmaxSums : public ProductVisitor {
 public:
  // `scores` outlives it.
  SoftmaxSums(const PrototypeScores& scores, double temperature);

  // Forgets the sums and starts a block of queries.
  void start(MatrixView<const float> block);
  void visit(Index query, Index first_prototype, std::span<const float> products) override;
  // The sum of a query, at least 1, whose best prototype has this score; in double precision where
  // the float32 products did not serve.
  [[nodiscard]] double sum(Index query, double best_score) const;

 private:
  [[nodiscard]] double exact_sum(Index query, double best_score) const;

  const PrototypeScores& scores_;
  double temperature_;
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
