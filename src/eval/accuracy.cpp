#include <cstddef>
#include <limits>
#include <map>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/eval/scores.h"
#include "eval/class_scores.h"

namespace dem {
namespace {

void check_sizes(std::span<const ClassId> truth, std::span<const ClassId> predicted) {
  if (truth.size() != predicted.size()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("accuracy: expected a prediction for each of ",
                       truth.size(),
                       " samples, got ",
                       predicted.size()));
  }
}

double fraction(Index part, Index whole) {
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double sample_accuracy(std::span<const ClassId> truth, std::span<const ClassId> predicted) {
  check_sizes(truth, predicted);
  Index right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += truth[i] == predicted[i] ? 1 : 0;
  return fraction(right, static_cast<Index>(truth.size()));
}

std::vector<ClassScore> class_scores(std::span<const ClassId> truth,
                                     std::span<const ClassId> predicted) {
  check_sizes(truth, predicted);
  struct Tally {
    Index samples = 0;
    Index right = 0;
  };
  std::map<ClassId, Tally> tallies;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    Tally& tally = tallies[truth[i]];
    ++tally.samples;
    tally.right += truth[i] == predicted[i] ? 1 : 0;
  }
  std::vector<ClassScore> scores;
  for (const auto& [class_id, tally] : tallies) {
    scores.push_back({class_id, tally.samples, fraction(tally.right, tally.samples)});
  }
  return scores;
}

double mean_accuracy(std::span<const ClassScore> scores) {
  if (scores.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0.0;
  for (const ClassScore& score : scores) sum += score.accuracy;
  return sum / static_cast<double>(scores.size());
}

double per_class_accuracy(std::span<const ClassId> truth, std::span<const ClassId> predicted) {
  return mean_accuracy(class_scores(truth, predicted));
}

double harmonic_mean(double unseen, double seen) noexcept {
  const double sum = unseen + seen;
  return sum == 0.0 ? 0.0 : 2.0 * unseen * seen / sum;
}

}  // namespace dem
