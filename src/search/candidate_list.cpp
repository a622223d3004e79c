#include "search/candidate_list.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "search/row_kernels.h"
#include "search/search_kernels.h"

namespace dem {
namespace {

constexpr float kUnbounded = std::numeric_limits<float>::infinity();

// Up to here the k smallest upper ends are kept in order; beyond, they are found now and then.
constexpr Index kSorted = 32;

// Fewer products than this are all looked at.
constexpr Index kFewest = 128;

}  // namespace

void CandidateList::start(Index k, const QueryBound& bound) {
  k_ = k;
  bound_ = bound;
  threshold_ = kUnbounded;
  candidates_.clear();
  highs_.assign(k <= kSorted ? static_cast<std::size_t>(k) : 0, kUnbounded);
  prune_at_ = 2 * static_cast<std::size_t>(k) + 16;
}

CandidateList::Candidate CandidateList::candidate(const Intervals& intervals,
                                                  Index j,
                                                  float product,
                                                  Index row) const {
  const float reach = bound_.product_error * intervals.reach[j];
  const float low = (intervals.low[j] - product * intervals.scale[j]) - reach;
  const float high = (intervals.high[j] - product * intervals.scale[j]) + reach;
  const bool valid = low <= high;  // false for NaN
  return {valid ? low : -kUnbounded, valid ? high : kUnbounded, static_cast<std::int32_t>(row)};
}

void CandidateList::scan(const Intervals& all, std::span<const float> products, Index first) {
  const Intervals intervals{
      all.low + first, all.high + first, all.scale + first, all.reach + first};
  const Index n = static_cast<Index>(products.size());
  DEM_CHECK_LE(n, kMostScanned);
  if (threshold_ == kUnbounded && k_ <= kSorted && n >= kFewest) {
    // A beginning, without which many others would be candidates for a while.
    limit_to(kth_high_end(
        {intervals.high, intervals.scale, intervals.reach, products.data(), bound_.product_error},
        n,
        k_));
  }
  std::int32_t found[kMostScanned];
  const Index count = detail::search_kernels().find_within(
      {intervals.low, intervals.scale, intervals.reach, products.data(), bound_.product_error},
      n,
      threshold_,
      found);
  for (Index i = 0; i < count; ++i) {
    const Index j = found[i];
    const Candidate next =
        candidate(intervals, j, products[static_cast<std::size_t>(j)], first + j);
    if (next.low <= threshold_) add(next);
  }
}

void CandidateList::sort() {
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.low < b.low;
  });
}

void CandidateList::refine(const PrototypeScores& scores,
                           std::span<const float> query,
                           const QueryBound& bound) {
  sort();
  bound_.product_error = bound.product_error;
  for (std::size_t first = 0; first < std::min(candidates_.size(), static_cast<std::size_t>(k_));) {
    const std::size_t last = end_of_overlap(first);
    if (last == first + 1) {
      ++first;
      continue;
    }
    for (; first < last; ++first) {
      const Index row = candidates_[first].row;
      const float product = bound.adjusted(float_dot(query, scores.prototypes().row(row)));
      candidates_[first] = candidate(scores.intervals(), row, product, row);
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
  for (Index j = 0; j < m; ++j) add({-kUnbounded, kUnbounded, static_cast<std::int32_t>(j)});
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
  sort();
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
      overlapping_.emplace_back(-scores.exact_score(query, query_norm, row), row);
    }
    const std::size_t take = std::min(overlapping_.size(), nearest.size() - found);
    std::partial_sort(overlapping_.begin(),
                      overlapping_.begin() + static_cast<std::ptrdiff_t>(take),
                      overlapping_.end());
    for (std::size_t i = 0; i < take; ++i) nearest[found++] = overlapping_[i].second;
  }
}

}  // namespace dem
