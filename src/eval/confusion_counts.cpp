#include "eval/confusion_counts.h"

#include <algorithm>

#include "eval/rank_vectors.h"

namespace dem {

std::vector<ConfusionCell> ConfusionCounts::cells(Communicator& ranks) const {
  std::vector<ConfusionCell> parts;
  for (const auto& [pair, images] : cells_) {
    parts.push_back({static_cast<ClassId>(pair >> 32),
                     static_cast<ClassId>(static_cast<std::uint32_t>(pair)),
                     images});
  }
  parts = gathered(ranks, std::move(parts));
  const auto before = [](const ConfusionCell& a, const ConfusionCell& b) {
    return key(a.truth, a.predicted) < key(b.truth, b.predicted);
  };
  std::sort(parts.begin(), parts.end(), before);
  std::vector<ConfusionCell> all;
  for (const ConfusionCell& part : parts) {
    if (all.empty() || before(all.back(), part)) {
      all.push_back(part);
    } else {
      all.back().images += part.images;
    }
  }
  share(ranks, all);
  return all;
}

}  // namespace dem
