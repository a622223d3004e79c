#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/eval/scores.h"

namespace dem {

std::vector<Index> k_occurrence(MatrixView<const std::int32_t> nearest,
                                Index k,
                                Index num_prototypes) {
  if (k < 1 || k > nearest.cols()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("k-occurrence: expected 1 <= k <= ", nearest.cols(), ", got ", k));
  }
  std::vector<Index> counts(static_cast<std::size_t>(num_prototypes), 0);
  for (Index i = 0; i < nearest.rows(); ++i) {
    for (Index rank = 0; rank < k; ++rank) {
      const std::int32_t row = nearest(i, rank);
      if (row < 0 || row >= num_prototypes) {
        throw Error(
            ErrorKind::kInvalidArgument,
            concat("k-occurrence: expected rows of 0 .. ", num_prototypes - 1, ", got ", row));
      }
      ++counts[static_cast<std::size_t>(row)];
    }
  }
  return counts;
}

std::optional<double> skewness(std::span<const Index> counts) {
  if (std::adjacent_find(counts.begin(), counts.end(), std::not_equal_to<>()) == counts.end()) {
    return std::nullopt;
  }
  const double m = static_cast<double>(counts.size());
  double mean = 0.0;
  for (const Index count : counts) mean += static_cast<double>(count);
  mean /= m;
  double second = 0.0;
  double third = 0.0;
  for (const Index count : counts) {
    const double deviation = static_cast<double>(count) - mean;
    second += deviation * deviation;
    third += deviation * deviation * deviation;
  }
  return (third / m) / std::pow(second / m, 1.5);
}

}  // namespace dem
