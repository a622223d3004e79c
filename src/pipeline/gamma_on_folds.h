// Gamma of a recipe that does not choose it itself.
#pragma once

#include <optional>

#include "dem/learn/family.h"

namespace dem {

// The gamma of the best mean H; where no image of a seen class could be spared, that of
// gamma_without_seen().
// `recipe` chooses nothing any more. Nothing where there are no folds, or none has a solution. All
// ranks of a group call it and learn alike.
[[nodiscard]] std::optional<FoldGamma> gamma_on_folds(const Recipe& recipe,
                                                      const LearningData& data);

}  // namespace dem
