// A recipe learned anew from a scored fold.
#pragma once

#include <optional>
#include <vector>

#include "dem/learn/family.h"

namespace dem {

// A fold's classes by kind, ascending.
struct FoldClasses {
  std::vector<ClassId> seen, unseen;
};
[[nodiscard]] FoldClasses classes_of(const ScoredFold& fold);

// What the recipe, which has nothing left to choose, makes of the fold's classes that are not held
// out; `all` is what it learned from as a whole. Nothing where a fold has no solution, on any rank:
// all ranks of a group call it.
[[nodiscard]] std::optional<Learned> learn_fold(const Recipe& recipe,
                                                const ScoredFold& fold,
                                                const LearningData& all);

}  // namespace dem
