// A recipe learned anew from a scored fold.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "dem/learn/family.h"

namespace dem {

// A fold's classes by kind, ascending.
struct FoldClasses {
  std::vector<ClassId> seen, unseen;
};
[[nodiscard]] FoldClasses classes_of(const ScoredFold& fold);

// What the recipe, which has nothing left to choose but hub correction, which it then goes without,
// makes of the fold's classes that are not held out; `all` is what it learned from as a whole.
// Nothing where a fold has no solution, on any rank: all ranks of a group call it.
[[nodiscard]] std::optional<Learned> learn_fold(const Recipe& recipe,
                                                const ScoredFold& fold,
                                                const LearningData& all);

// A model of one of some folds, by its number, as learn_fold() gives it.
using FoldLearner = std::function<std::optional<Learned>(std::size_t fold)>;

}  // namespace dem
