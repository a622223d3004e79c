// Hubness from the nearest prototypes of images, a block of them at a time.
#pragma once

#include <span>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/eval/scores.h"

namespace dem {

class HubCounts {
 public:
  static constexpr Index kNeighbours = 10;

  // The candidates outlive it.
  explicit HubCounts(std::span<const ClassId> candidates);

  // How many nearest prototypes add() takes: kNeighbours, or all of fewer.
  [[nodiscard]] Index num_nearest() const;
  //   nearest  [n, >= num_nearest()], places among the candidates
  void add(MatrixView<const std::int32_t> nearest);
  // Of the images of all ranks. Collective.
  [[nodiscard]] Hubness total(Communicator& ranks) const;

 private:
  [[nodiscard]] std::vector<Hub> largest(std::span<const Index> counts) const;

  std::span<const ClassId> candidates_;
  std::vector<Index> n1_, n10_;  // [candidates]; n10_ is empty where there are fewer than ten
};

}  // namespace dem
