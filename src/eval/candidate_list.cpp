#include "eval/candidate_list.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/check.h"

namespace dem {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Up to here the k smallest upper ends are kept in order; beyond, they are found now and then.
constexpr Index kSorted = 32;

// Four numbers that the compiler keeps in a vector register, on every processor.
using Lanes = float __attribute__((vector_size(16)));
constexpr Index kLanes = 4;
// Prototypes looked at together: most groups hold no candidate.
constexpr Index kGroup = 4 * kLanes;

Lanes load(const float* values) {
  Lanes lanes;
  std::memcpy(&lanes, values, sizeof(lanes));
  return lanes;
}

// Where the intervals of some prototypes begin for one query.
struct LowEnds {
  const float* low;
  const float* scale;
  const float* reach;
  const float* products;
  float error;

  [[nodiscard]] float at(Index j) const {
    return (low[j] - products[j] * scale[j]) - error * reach[j];
  }
  // Whether any of prototypes j .. j + kGroup - 1 begins at or below the threshold. NaN, the mark
  // of a product that overflowed, counts as below.
  [[nodiscard]] bool any_within(Index j, float threshold) const {
    const Index end = j + kGroup;
    auto beyond = load(low + j) == load(low + j);
    for (; j < end; j += kLanes) {
      const Lanes ends =
          (load(low + j) - load(products + j) * load(scale + j)) - error * load(reach + j);
      beyond &= ends > threshold;
    }
    std::int64_t halves[2];
    static_assert(sizeof(halves) == sizeof(beyond));
    std::memcpy(halves, &beyond, sizeof(halves));
    return (halves[0] & halves[1]) != -1;
  }
};

}  // namespace

void CandidateList::start(Index k, const QueryBound& bound) {
  k_ = k;
  bound_ = bound;
  threshold_ = kInfinity;
  candidates_.clear();
  highs_.assign(k <= kSorted ? static_cast<std::size_t>(k) : 0, kInfinity);
  prune_at_ = 2 * static_cast<std::size_t>(k) + 16;
}

void CandidateList::scan(const PrototypeScores& scores,
                         std::span<const float> products,
                         Index first) {
  const LowEnds ends{scores.low() + first,
                     scores.scale() + first,
                     scores.reach() + first,
                     products.data(),
                     bound_.product_error};
  const float* high = scores.high() + first;
  const Index n = static_cast<Index>(products.size());
  for (Index group = 0; group < n; group += kGroup) {
    const Index end = std::min(group + kGroup, n);
    if (end == group + kGroup && !ends.any_within(group, threshold_)) continue;
    for (Index j = group; j < end; ++j) {
      const float low_end = ends.at(j);
      if (low_end > threshold_) continue;
      const float high_end =
          (high[j] - ends.products[j] * ends.scale[j]) + ends.error * ends.reach[j];
      const bool valid = low_end <= high_end;  // false for NaN
      add({valid ? low_end : -kInfinity,
           valid ? high_end : kInfinity,
           static_cast<std::int32_t>(first + j)});
    }
  }
}

void CandidateList::add(const Candidate& candidate) {
  candidates_.push_back(candidate);
  if (k_ <= kSorted && candidate.high < highs_.back()) {
    auto place = highs_.end() - 1;
    for (; place != highs_.begin() && candidate.high < *(place - 1); --place) *place = *(place - 1);
    *place = candidate.high;
    limit_to(highs_.back());
  }
  if (candidates_.size() >= prune_at_) prune();
}

// Lowers the threshold to `high` and the noise of both intervals, rounded up.
void CandidateList::limit_to(float high) {
  const double limit = static_cast<double>(high) + 2.0 * bound_.noise;
  threshold_ = std::min(threshold_, static_cast<float>(limit + std::abs(limit) * 0x1p-23));
}

void CandidateList::prune() {
  // Every prototype with an upper end among the k smallest is in the list.
  if (k_ > kSorted && static_cast<Index>(candidates_.size()) > k_) {
    highs_.clear();
    for (const Candidate& c : candidates_) highs_.push_back(c.high);
    const auto kth = highs_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
    std::nth_element(highs_.begin(), kth, highs_.end());
    limit_to(*kth);
  }
  std::erase_if(candidates_, [this](const Candidate& c) { return c.low > threshold_; });
  prune_at_ = 2 * candidates_.size() + 16;
}

void CandidateList::take_all(Index m) {
  prune_at_ = static_cast<std::size_t>(m) + 1;
  for (Index j = 0; j < m; ++j) add({-kInfinity, kInfinity, static_cast<std::int32_t>(j)});
}

// First candidate after `first`, in order of lower ends, that is certainly farther than it and all
// that overlap with it, directly or through others.
std::size_t CandidateList::end_of_overlap(std::size_t first) const {
  double high = static_cast<double>(candidates_[first].high);
  std::size_t last = first + 1;
  for (; last < candidates_.size(); ++last) {
    if (static_cast<double>(candidates_[last].low) > high + 2.0 * bound_.noise) break;
    high = std::max(high, static_cast<double>(candidates_[last].high));
  }
  return last;
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
    const std::size_t last = end_of_overlap(first);
    if (last == first + 1) {
      nearest[found++] = candidates_[first++].row;
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
