// A fit of a recipe that learns at once (dem/learn/family.h).
#pragma once

#include "dem/pipeline/fit.h"

namespace dem {

// As fit(), of valid options.
[[nodiscard]] FitResult fit_at_once(const Dataset& dataset,
                                    const FitOptions& options,
                                    const FitCallbacks& callbacks);

}  // namespace dem
