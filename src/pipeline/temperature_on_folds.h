// The temperature of a model that learned at once, and what rejecting by its probabilities comes
// to.
#pragma once

#include <span>

#include "dem/eval/calibration.h"
#include "dem/learn/family.h"
#include "pipeline/learned_fold.h"

namespace dem {

// Of a recipe whose settings are all given, learned anew from scored folds: the temperature that
// makes the labels of their images, those of held-out classes and spared ones of the others, most
// likely among all classes of the fold, with gamma taken off those that are not held out. As many
// folds of the first dealing as have 1,000 images together; the curve of rejection is of these
// images. 0 and no curve where there are none. All ranks of a group call it and get the same but
// for rounding.
[[nodiscard]] Calibration temperature_on_folds(Recipe recipe,
                                               double gamma,
                                               const LearningData& data);

// The same of whatever is learned from each of `folds`, whose class maps take `classes`.
[[nodiscard]] Calibration temperature_on_folds(double gamma,
                                               std::span<const ScoredFold> folds,
                                               const FoldLearner& learn,
                                               const ClassTable& classes);

}  // namespace dem
