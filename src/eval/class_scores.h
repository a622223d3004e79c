// How often the samples of each class are recognised.
#pragma once

#include <span>
#include <vector>

#include "dem/eval/scores.h"

namespace dem {

// One entry a class that occurs in `truth`, by ascending class. Throws Error{kShapeMismatch} where
// the sizes differ.
[[nodiscard]] std::vector<ClassScore> class_scores(std::span<const ClassId> truth,
                                                   std::span<const ClassId> predicted);

// Mean over classes; NaN for none.
[[nodiscard]] double mean_accuracy(std::span<const ClassScore> scores);

}  // namespace dem
