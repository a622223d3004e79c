// Gamma of a recipe that does not choose it itself.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "dem/learn/family.h"
#include "pipeline/learned_fold.h"

namespace dem {

// The gamma of the best mean H over the folds that one can judge by (can_judge()); where no image
// of a seen class could be spared, that of gamma_without_seen(). A gamma that the recipe gives is
// what H is at, and stays. `recipe` chooses nothing else any more. Nothing where there are no such
// folds, or none has a solution. All ranks of a group call it and learn alike.
[[nodiscard]] std::optional<FoldGamma> gamma_on_folds(Recipe recipe, const LearningData& data);

// The same of whatever is learned from each of `folds`; `wanted` is chosen or given, `classes` are
// what its class maps take.
[[nodiscard]] std::optional<FoldGamma> gamma_on_folds(const GammaChoice& wanted,
                                                      std::span<const ScoredFold> folds,
                                                      const FoldLearner& learn,
                                                      const ClassTable& classes);

struct SetGamma {
  double value = 0.0;
  bool is_chosen = false;  // by `on_folds`
};

// The gamma that is wanted of a model of so many seen classes, by `on_folds` where it is to be
// chosen. The log says what it came to, and where there was nothing to choose it by.
[[nodiscard]] SetGamma set_gamma(const GammaChoice& wanted,
                                 Index num_seen_classes,
                                 const std::function<std::optional<FoldGamma>()>& on_folds);

}  // namespace dem
