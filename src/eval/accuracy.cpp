#include <cstddef>
#include <limits>

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

ClassTallies tally_classes(std::span<const ClassId> truth, std::span<const ClassId> predicted) {
  check_sizes(truth, predicted);
  ClassTallies tallies;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ClassTally& tally = tallies[truth[i]];
    ++tally.samples;
    tally.right += truth[i] == predicted[i] ? 1 : 0;
  }
  return tallies;
}

ClassTallies sum_tallies(Communicator& ranks, ClassTallies tallies, Index num_classes) {
  if (ranks.size() == 1) return tallies;
  std::vector<Index> counts(2 * static_cast<std::size_t>(num_classes));
  for (const auto& [class_id, tally] : tallies) {
    counts[2 * static_cast<std::size_t>(class_id)] = tally.samples;
    counts[2 * static_cast<std::size_t>(class_id) + 1] = tally.right;
  }
  ranks.sum(counts);
  ClassTallies total;
  for (std::size_t c = 0; 2 * c < counts.size(); ++c) {
    if (counts[2 * c] > 0) total[static_cast<ClassId>(c)] = {counts[2 * c], counts[2 * c + 1]};
  }
  return total;
}

std::vector<ClassScore> class_scores(const ClassTallies& tallies) {
  std::vector<ClassScore> scores;
  for (const auto& [class_id, tally] : tallies) {
    scores.push_back({class_id, tally.samples, fraction(tally.right, tally.samples)});
  }
  return scores;
}

double sample_accuracy(const ClassTallies& tallies) {
  ClassTally all;
  for (const auto& [class_id, tally] : tallies) {
    all.samples += tally.samples;
    all.right += tally.right;
  }
  return fraction(all.right, all.samples);
}

double mean_accuracy(std::span<const ClassScore> scores) {
  if (scores.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0.0;
  for (const ClassScore& score : scores) sum += score.accuracy;
  return sum / static_cast<double>(scores.size());
}

double per_class_accuracy(std::span<const ClassId> truth, std::span<const ClassId> predicted) {
  return mean_accuracy(class_scores(tally_classes(truth, predicted)));
}

double harmonic_mean(double unseen, double seen) noexcept {
  const double sum = unseen + seen;
  return sum == 0.0 ? 0.0 : 2.0 * unseen * seen / sum;
}

}  // namespace dem
