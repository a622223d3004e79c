// The prototypes that may be among the k nearest of one query.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "eval/prototype_scores.h"

namespace dem {

// Keeps the k-th smallest upper end of the intervals seen so far, and every prototype whose lower
// end does not exceed it: the k nearest are among those, whatever the exact scores are.
class CandidateList {
 public:
  // Forgets everything and starts a query.
  void start(Index k, const QueryBound& bound);

  // Looks at products g of the query with prototypes first, first + 1, ...
  void scan(const PrototypeScores& scores, std::span<const float> products, Index first);

  // Takes all m prototypes for candidates: for a query without intervals.
  void take_all(Index m);

  // Writes the k nearest in order. Prototypes whose intervals overlap are told apart by their
  // double-precision distances, equal ones by their row.
  void resolve(const PrototypeScores& scores,
               std::span<const float> query,
               std::span<std::int32_t> nearest);

 private:
  struct Candidate {
    float low;
    float high;
    std::int32_t row;
  };

  void consider(const Candidate& candidate);
  void prune();

  std::vector<float> highs_;  // heap of the k smallest upper ends, largest first
  std::vector<Candidate> candidates_;
  std::size_t prune_at_ = 0;
  QueryBound bound_;
  float threshold_ = 0.0f;  // largest lower end that a candidate may have
  std::vector<std::pair<double, std::int32_t>> overlapping_;  // scratch of resolve()
};

}  // namespace dem
