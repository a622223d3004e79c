// fit() of several members that become one model.
#pragma once

#include "dem/data/dataset.h"
#include "dem/pipeline/fit.h"

namespace dem {

// options.members is not empty, options.validate() passed.
[[nodiscard]] FitResult fit_ensemble(const Dataset& dataset,
                                     const FitOptions& options,
                                     const FitCallbacks& callbacks);

}  // namespace dem
