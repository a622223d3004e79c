// Gamma of a recipe that does not choose it itself.
#pragma once

#include <optional>

#include "dem/learn/family.h"

namespace dem {

// The gamma of the best mean H over the folds that one can judge by (can_judge()); where no image
// of a seen class could be spared, that of gamma_without_seen(). A gamma that the recipe gives is
// what H is at, and stays. `recipe` chooses nothing else any more. Nothing where there are no such
// folds, or none has a solution. All ranks of a group call it and learn alike.
[[nodiscard]] std::optional<FoldGamma> gamma_on_folds(Recipe recipe, const LearningData& data);

}  // namespace dem
