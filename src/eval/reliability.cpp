#include "eval/reliability.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"

namespace dem {

namespace {

// Whole numbers have one sum, in whatever order; 2^31 images fit.
constexpr double kUnits = 4294967296.0;

}  // namespace

void ReliabilityBins::add(double probability, bool is_right) {
  const auto above = static_cast<Index>(std::ceil(probability * static_cast<double>(kBins)));
  const std::size_t bin = at(std::clamp<Index>(above - 1, 0, kBins - 1));
  ++counts_[bin];
  counts_[at(kBins) + bin] += is_right ? 1 : 0;
  probabilities_[bin] += std::llround(probability * kUnits);
}

void ReliabilityBins::sum(Communicator& ranks) {
  ranks.sum(counts_);
  ranks.sum(probabilities_);
}

std::optional<double> ReliabilityBins::error() const {
  Index all = 0;
  double sum = 0.0;
  for (std::size_t bin = 0; bin < at(kBins); ++bin) {
    all += counts_[bin];
    sum += std::abs(static_cast<double>(counts_[at(kBins) + bin]) -
                    static_cast<double>(probabilities_[bin]) / kUnits);
  }
  if (all == 0) return std::nullopt;
  return sum / static_cast<double>(all);
}

}  // namespace dem
