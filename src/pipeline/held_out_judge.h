// What the weights of a run that selects come to on its held-out classes.
#pragma once

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/search/score_source.h"
#include "pipeline/fit_phase.h"
#include "pipeline/fold_history.h"

namespace dem {

// By phase.recipe.selection_by, at the recipe's gamma or, where that is to be chosen, at the best.
// Scores are of dataset.visual_features as this rank holds them; all ranks of the group call it and
// get the same, to the last digit of one process. `step` stays 0.
[[nodiscard]] HeldOutEvaluation judge_held_out(const ScoreSource& scores,
                                               const Phase& phase,
                                               const Dataset& dataset,
                                               Communicator& group);

}  // namespace dem
