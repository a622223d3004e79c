// Warnings of models that tell classes apart badly.
#pragma once

#include "dem/dem.h"

namespace dem::cli {

// Says what is wrong, a line each, with the way out that is known to help. `result` is null where
// nothing was evaluated on unseen classes. The root speaks.
void warn_of_model(const Model& model, const Dataset& dataset, const EvaluationResult* result);

}  // namespace dem::cli
