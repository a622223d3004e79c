// From chosen settings and all training images to the slots of a model.
#pragma once

#include <string>
#include <vector>

#include "dem/learn/family.h"
#include "learn/kernel/fold_problem.h"
#include "learn/kernel/kernel_settings.h"

namespace dem {

// `names` [C] of the seen classes, `base` what images go through before the affine map.
[[nodiscard]] Learned kernel_model(const FoldProblem& all,
                                   const KernelSettings& settings,
                                   const ClassInput& input,
                                   std::vector<std::string> names,
                                   const FeatureMap& base);

}  // namespace dem
