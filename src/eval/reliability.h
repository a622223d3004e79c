// How far probabilities are from how often they are right.
#pragma once

#include <array>
#include <optional>

#include "dem/base/types.h"
#include "dem/comm/communicator.h"

namespace dem {

// The expected calibration error of Guo et al. (ICML 2017, equation 3): of the images with a
// probability of their first class in ((m - 1) / 15, m / 15] for m = 1 .. 15,
//   sum over m of |B_m| / n |accuracy of B_m - mean probability of B_m|
class ReliabilityBins {
 public:
  static constexpr Index kBins = 15;

  // An image whose first class has this probability, in [0, 1].
  void add(double probability, bool is_right);
  // Adds up what the ranks have; the sum is the same however images are shared.
  void sum(Communicator& ranks);
  // Empty without an image.
  [[nodiscard]] std::optional<double> error() const;

 private:
  std::array<Index, 2 * kBins> counts_{};     // images, then right ones, by bin
  std::array<Index, kBins> probabilities_{};  // their sums, in units of 2^-32
};

}  // namespace dem
