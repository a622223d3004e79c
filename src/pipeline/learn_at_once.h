// A recipe that learns at once (dem/learn/family.h), given what it learns from.
#pragma once

#include <optional>
#include <string>

#include "dem/learn/family.h"
#include "dem/pipeline/fit.h"

namespace dem {

struct LearnedAtOnce {
  Learned learned;        // with a selected accuracy only where selection is "val"
  std::string selection;  // as RunReport::selection
};

// Statistics of the dataset's training images, or of options.saved_statistics; validation on
// held-out seen classes of either: the data's own split, or the file's folds and sample. Every rank
// of a group calls it and gets the same.
[[nodiscard]] LearnedAtOnce learn_at_once(const Dataset& dataset,
                                          const FitOptions& options,
                                          Communicator& group);

// What the recipe, learned as above, comes to on the first dealing of scored folds, learned anew
// with the settings that it then has (FoldGamma). Nothing where there is nothing to judge by.
[[nodiscard]] std::optional<FoldGamma> judge_at_once(const Dataset& dataset,
                                                     const FitOptions& options,
                                                     Communicator& group);

}  // namespace dem
