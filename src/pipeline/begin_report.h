// What is known of a run when it begins.
#pragma once

#include "dem/pipeline/fit.h"

namespace dem {

[[nodiscard]] RunReport begin_report(const Dataset& dataset, const FitOptions& options);

}  // namespace dem
