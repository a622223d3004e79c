// How many images of a class go to which class.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/eval/scores.h"

namespace dem {

class ConfusionCounts {
 public:
  void add(ClassId truth, ClassId predicted) { ++cells_[key(truth, predicted)]; }
  // Those of all ranks, by truth and then by prediction; the same on every rank. Collective.
  [[nodiscard]] std::vector<ConfusionCell> cells(Communicator& ranks) const;

 private:
  // Neither class is negative.
  [[nodiscard]] static std::uint64_t key(ClassId truth, ClassId predicted) {
    return std::uint64_t{static_cast<std::uint32_t>(truth)} << 32 |
           static_cast<std::uint32_t>(predicted);
  }

  std::unordered_map<std::uint64_t, Index> cells_;
};

}  // namespace dem
