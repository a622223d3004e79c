// From the evaluations of a selection to how long to train.
#pragma once

#include <span>
#include <string>

#include "dem/pipeline/selection_outcome.h"
#include "pipeline/fit_phase.h"
#include "pipeline/fold_history.h"

namespace dem {

// The best moment of some runs, one a fold, as passes over the rows of `training`: the mean over
// the folds that had not ended before it.
//   solves  by the statistics solver, of which every step is a pass
// Throws Error{kNumerical} where there is none.
[[nodiscard]] SelectionOutcome outcome_of(std::span<const Phase> folds,
                                          std::span<const FoldHistory> runs,
                                          const Phase& training,
                                          bool solves);

// For the log.
[[nodiscard]] std::string describe(const SelectionOutcome& found);

}  // namespace dem
