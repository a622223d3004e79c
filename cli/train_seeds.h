// dem train --seeds: one model a seed, and what they come to together.
#pragma once

#include "dem/dem.h"
#include "train_options.h"

namespace dem::cli {

// Throws Error{kInvalidArgument} where the seeds run out of their range.
void check_seeds(const TrainOptions& options);

// Trains options.seeds models from options.fit.seed on, in folders of options.fit.output, and
// prints and writes their scores. With options.resumes, what has finished is taken as it is.
// Returns the exit status.
[[nodiscard]] int train_seeds(const TrainOptions& options, const Dataset& dataset);

}  // namespace dem::cli
