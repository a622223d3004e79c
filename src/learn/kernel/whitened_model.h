// From chosen settings and all training images to the slots of a model.
#pragma once

#include <string>
#include <vector>

#include "dem/learn/family.h"
#include "learn/kernel/fold_problem.h"
#include "learn/kernel/gp_settings.h"
#include "learn/kernel/whitened_settings.h"

namespace dem {

// What models take from their data. `names` [C] of the seen classes, `base` what images went
// through before statistics were taken.
struct ModelSource {
  const FoldProblem& all;
  const ClassInput& input;
  std::vector<std::string> names;
  const FeatureMap& base;
};

[[nodiscard]] Learned whitened_model(ModelSource source, const WhitenedSettings& settings);
// Throws Error{kNumerical} where class means do not differ by more than their noise.
[[nodiscard]] Learned gp_model(ModelSource source, const GpSettings& settings);

}  // namespace dem
