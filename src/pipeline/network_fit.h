// A fit that trains a network in steps, by batches or by the statistics solver.
#pragma once

#include <optional>

#include "dem/pipeline/fit.h"

namespace dem {

// As fit(), of valid options.
[[nodiscard]] FitResult fit_network(const Dataset& dataset,
                                    const FitOptions& options,
                                    const FitCallbacks& callbacks);

// The runs alone that find how long to train, of valid options with selection kValidation, no
// output and nothing to resume. Nothing where callbacks.should_stop stopped it.
[[nodiscard]] std::optional<SelectionOutcome> select_network(const Dataset& dataset,
                                                             const FitOptions& options,
                                                             const FitCallbacks& callbacks);

}  // namespace dem
