// The ranks of a group that fit together.
#pragma once

#include "dem/model/model.h"
#include "dem/pipeline/fit.h"

namespace dem {

// The options of a rank: rank 0 alone has files.
[[nodiscard]] FitOptions of_rank(FitOptions options, const Communicator& group);

// Ranks with other data or options would train a mixture, or wait for each other for ever. Throws
// Error{kInvalidArgument} on all of them.
void require_same_run(Communicator& group, const Dataset& dataset, const FitOptions& options);

// Every rank goes on with the root's model: processors may round differently.
void take_from_root(Communicator& group, Model& model);

}  // namespace dem
