#include "eval/hub_counts.h"

#include <algorithm>
#include <numeric>

#include "base/at.h"

namespace dem {
namespace {

constexpr std::size_t kHubs = 5;

void add_occurrences(MatrixView<const std::int32_t> nearest, Index k, std::vector<Index>& counts) {
  const std::vector<Index> more = k_occurrence(nearest, k, static_cast<Index>(counts.size()));
  for (std::size_t j = 0; j < counts.size(); ++j) counts[j] += more[j];
}

}  // namespace

HubCounts::HubCounts(std::span<const ClassId> candidates)
    : candidates_(candidates),
      n1_(candidates.size()),
      n10_(candidates.size() < at(kNeighbours) ? 0 : candidates.size()) {}

Index HubCounts::num_nearest() const {
  return std::min(kNeighbours, static_cast<Index>(candidates_.size()));
}

void HubCounts::add(MatrixView<const std::int32_t> nearest) {
  add_occurrences(nearest, 1, n1_);
  if (!n10_.empty()) add_occurrences(nearest, kNeighbours, n10_);
}

Hubness HubCounts::total(Communicator& ranks) const {
  std::vector<Index> n1 = n1_, n10 = n10_;
  ranks.sum(n1);
  ranks.sum(n10);
  Hubness hubness{skewness(n1), skewness(n10)};
  if (hubness.n1_skewness) hubness.n1_hubs = largest(n1);
  if (hubness.n10_skewness) hubness.n10_hubs = largest(n10);
  return hubness;
}

std::vector<Hub> HubCounts::largest(std::span<const Index> counts) const {
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t some = std::min(kHubs, order.size());
  std::partial_sort(order.begin(),
                    order.begin() + static_cast<std::ptrdiff_t>(some),
                    order.end(),
                    [&](std::size_t a, std::size_t b) {
                      return counts[a] != counts[b] ? counts[a] > counts[b] : a < b;
                    });
  std::vector<Hub> hubs;
  for (std::size_t i = 0; i < some && counts[order[i]] > 0; ++i) {
    hubs.push_back({candidates_[order[i]], counts[order[i]]});
  }
  return hubs;
}

}  // namespace dem
