#include <cstddef>
#include <limits>
#include <map>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/eval/scores.h"

namespace dem {
namespace {

constexpr double kNoSample = std::numeric_limits<double>::quiet_NaN();

void check_sizes(std::span<const ClassId> truth, std::span<const ClassId> predicted) {
  if (truth.size() != predicted.size()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("accuracy: expected a prediction for each of ",
                       truth.size(),
                       " samples, got ",
                       predicted.size()));
  }
}

}  // namespace

double sample_accuracy(std::span<const ClassId> truth, std::span<const ClassId> predicted) {
  check_sizes(truth, predicted);
  if (truth.empty()) return kNoSample;
  Index right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += truth[i] == predicted[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(truth.size());
}

double per_class_accuracy(std::span<const ClassId> truth, std::span<const ClassId> predicted) {
  check_sizes(truth, predicted);
  struct Count {
    Index samples = 0, right = 0;
  };
  std::map<ClassId, Count> classes;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    Count& count = classes[truth[i]];
    ++count.samples;
    count.right += truth[i] == predicted[i] ? 1 : 0;
  }
  if (classes.empty()) return kNoSample;
  double sum = 0.0;
  for (const auto& [label, count] : classes) {
    sum += static_cast<double>(count.right) / static_cast<double>(count.samples);
  }
  return sum / static_cast<double>(classes.size());
}

double harmonic_mean(double unseen, double seen) noexcept {
  const double sum = unseen + seen;
  return sum == 0.0 ? 0.0 : 2.0 * unseen * seen / sum;
}

}  // namespace dem
