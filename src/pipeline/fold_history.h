// The evaluations of runs that select, each with other seen classes held out.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dem/base/types.h"

namespace dem {

// What the weights came to on held-out classes, `step` steps behind them.
struct HeldOutEvaluation {
  Index step = 0;
  double value = 0.0;     // what selection goes by: more is better
  double distance = 0.0;  // SelectionOutcome::distance, of this run
  double gamma = 0.0;     // that `value` is at, and what a model of these weights would have
};

// A run, or what there is of it so far.
struct FoldHistory {
  std::vector<HeldOutEvaluation> evaluations;  // by ascending step
  float temperature = 0.0f;  // on the held-out images, of the run's own best weights; 0: none yet
};

// The evaluation, counted from the first, that is best in the mean over the runs; of equal ones the
// one of the smaller mean distance, then the earlier. A run that ended before others keeps its last
// evaluation: what it would go on to be is not known, and the solver's does not change any more.
struct BestMoment {
  double value = 0.0, distance = 0.0, gamma = 0.0;  // means over the runs
  std::vector<double> values;                       // of each run
  std::vector<std::optional<Index>> steps;          // nothing of a run that had ended before
};

// Nothing where a run has no evaluation, or no mean is a number.
[[nodiscard]] std::optional<BestMoment> best_moment(std::span<const FoldHistory> runs);

// The geometric mean of those that there are; 0 of none.
[[nodiscard]] float mean_temperature(std::span<const FoldHistory> runs);

// One line, numbers to the last digit, and back. Throws Error{kFormat}, `where` first.
[[nodiscard]] std::string histories_to_json(std::span<const FoldHistory> runs);
[[nodiscard]] std::vector<FoldHistory> histories_from_json(const std::string& json,
                                                           const std::string& where);

}  // namespace dem
