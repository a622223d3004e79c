#include "eval/candidate_list.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace dem {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// Prototypes looked at together: most groups hold no candidate, which vector code finds quickly.
constexpr Index kGroup = 32;

struct Scorer {
  const float* low;
  const float* high;
  const float* scale;
  const float* reach;
  const float* products;
  float error;

  [[nodiscard]] float low_end(Index j) const {
    return (low[j] - products[j] * scale[j]) - error * reach[j];
  }
  [[nodiscard]] float high_end(Index j) const {
    return (high[j] - products[j] * scale[j]) + error * reach[j];
  }
  // Whether a lower end of the group is not above the threshold; NaN, the mark of a product that
  // overflowed, counts as below.
  [[nodiscard]] bool any_within(Index j, float threshold) const {
    unsigned within = 0;
    for (Index l = 0; l < kGroup; ++l) {
      within |= static_cast<unsigned>(!(low_end(j + l) > threshold));
    }
    return within != 0;
  }
};

}  // namespace

void CandidateList::start(Index k, const QueryBound& bound) {
  highs_.assign(static_cast<std::size_t>(k), kInfinity);
  candidates_.clear();
  prune_at_ = 2 * static_cast<std::size_t>(k) + 64;
  bound_ = bound;
  threshold_ = kInfinity;
}

void CandidateList::scan(const PrototypeScores& scores,
                         std::span<const float> products,
                         Index first) {
  const Scorer scorer{scores.low() + first,
                      scores.high() + first,
                      scores.scale() + first,
                      scores.reach() + first,
                      products.data(),
                      bound_.product_error};
  const Index n = static_cast<Index>(products.size());
  for (Index group = 0; group < n; group += kGroup) {
    const Index end = std::min(group + kGroup, n);
    if (end - group == kGroup && !scorer.any_within(group, threshold_)) continue;
    for (Index j = group; j < end; ++j) {
      const float low = scorer.low_end(j);
      if (low > threshold_) continue;
      const float high = scorer.high_end(j);
      const bool valid = low <= high;  // false for NaN
      consider({valid ? low : -kInfinity,
                valid ? high : kInfinity,
                static_cast<std::int32_t>(first + j)});
    }
  }
}

void CandidateList::consider(const Candidate& candidate) {
  candidates_.push_back(candidate);
  if (candidate.high < highs_.front()) {
    std::pop_heap(highs_.begin(), highs_.end());
    highs_.back() = candidate.high;
    std::push_heap(highs_.begin(), highs_.end());
    const double limit = static_cast<double>(highs_.front()) + 2.0 * bound_.noise;
    threshold_ = std::nextafter(static_cast<float>(limit), kInfinity);
  }
  if (candidates_.size() >= prune_at_) prune();
}

void CandidateList::prune() {
  std::erase_if(candidates_, [this](const Candidate& c) { return c.low > threshold_; });
  prune_at_ = 2 * candidates_.size() + 64;
}

void CandidateList::take_all(Index m) {
  for (Index j = 0; j < m; ++j) {
    candidates_.push_back({-kInfinity, kInfinity, static_cast<std::int32_t>(j)});
  }
}

void CandidateList::resolve(const PrototypeScores& scores,
                            std::span<const float> query,
                            std::span<std::int32_t> nearest) {
  prune();
  DEM_CHECK_LE(nearest.size(), candidates_.size());
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.low < b.low;
  });
  double query_norm = -1.0;
  std::size_t found = 0;
  for (std::size_t first = 0; found < nearest.size();) {
    // Overlapping intervals, chained; what follows is certainly farther than all of them.
    double high = static_cast<double>(candidates_[first].high);
    std::size_t last = first + 1;
    for (; last < candidates_.size(); ++last) {
      if (static_cast<double>(candidates_[last].low) > high + 2.0 * bound_.noise) break;
      high = std::max(high, static_cast<double>(candidates_[last].high));
    }
    if (last == first + 1) {
      nearest[found++] = candidates_[first].row;
      first = last;
      continue;
    }
    if (query_norm < 0.0) query_norm = scores.norm_of(query);
    overlapping_.clear();
    for (; first < last; ++first) {
      const std::int32_t row = candidates_[first].row;
      overlapping_.emplace_back(scores.exact_distance(query, query_norm, row), row);
    }
    const std::size_t take = std::min(overlapping_.size(), nearest.size() - found);
    std::partial_sort(overlapping_.begin(),
                      overlapping_.begin() + static_cast<std::ptrdiff_t>(take),
                      overlapping_.end());
    for (std::size_t i = 0; i < take; ++i) nearest[found++] = overlapping_[i].second;
  }
}

}  // namespace dem
