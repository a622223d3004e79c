// A fit that trains a network in steps, by batches or by the statistics solver.
#pragma once

#include "dem/pipeline/fit.h"

namespace dem {

// As fit(), of valid options.
[[nodiscard]] FitResult fit_network(const Dataset& dataset,
                                    const FitOptions& options,
                                    const FitCallbacks& callbacks);

}  // namespace dem
