// The prototypes that may be among the k best of one query, by costs (prototype_scores.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "search/prototype_scores.h"

namespace dem {

// Keeps every prototype whose interval begins below the k-th smallest upper end: the k best are
// among those, whatever the exact costs are.
class CandidateList {
 public:
  static constexpr Index kMostScanned = 512;

  // Forgets everything and starts a query.
  void start(Index k, const QueryBound& bound);

  // Looks at g of the query with prototypes first, first + 1, ...: at most kMostScanned.
  void scan(const Intervals& all, std::span<const float> products, Index first);

  // Looks again at candidates whose intervals overlap, with float32 products, which are within
  // `bound` of the exact ones. The noise of both bounds is the same.
  void refine(const PrototypeScores& scores, std::span<const float> query, const QueryBound& bound);
  // Forgets those that cannot be among the k best any more.
  void prune();
  [[nodiscard]] Index size() const { return static_cast<Index>(candidates_.size()); }

  // Takes all m prototypes for candidates: for a query without intervals.
  void take_all(Index m);

  // Writes the k best in order. Prototypes whose intervals overlap are told apart by their
  // double-precision scores, equal ones by their row.
  void resolve(const PrototypeScores& scores,
               std::span<const float> query,
               std::span<std::int32_t> nearest);

 private:
  struct Candidate {
    float low;
    float high;
    std::int32_t row;
  };

  [[nodiscard]] Candidate candidate(const Intervals& intervals,
                                    Index j,
                                    float product,
                                    Index row) const;
  void add(const Candidate& candidate);
  void limit_to(float high);
  void sort();
  std::size_t end_of_overlap(std::size_t first) const;

  Index k_ = 0;
  QueryBound bound_;
  // Largest lower end that a candidate may have: at least the k-th smallest upper end so far. A
  // small k keeps it up to date, a large one finds it anew when the list has grown to prune_at_.
  float threshold_ = 0.0f;
  std::vector<Candidate> candidates_;
  std::size_t prune_at_ = 0;
  std::vector<float> highs_;  // small k: the k smallest upper ends, ascending; else scratch
  std::vector<std::pair<double, std::int32_t>> overlapping_;  // scratch of resolve()
};

}  // namespace dem
