// The folds of classes that settings are chosen on, made ready.
#pragma once

#include <memory>
#include <vector>

#include "dem/learn/family.h"
#include "learn/kernel/fold_problem.h"

namespace dem {

// Above so many seen classes two folds are enough to tell, and what needs a matrix of all classes
// is left out.
inline constexpr Index kVeryManyClasses = 5000;

using FoldProblems = std::vector<std::unique_ptr<FoldProblem>>;

// Of data.scored_folds, as many dealings as the number and width of classes ask for: few classes
// differ much from dealing to dealing, and wide features make each one dear. Empty where there are
// no two folds of two classes to learn from and two to judge by; above 5,000 classes two folds.
// unit_rows [num_classes, a]; `times` as many dealings as otherwise.
[[nodiscard]] FoldProblems fold_problems(const LearningData& data,
                                         MatrixView<const double> unit_rows,
                                         Index times = 1);

// Classes with images.
[[nodiscard]] Index num_learned(const ClassStatistics& statistics);

}  // namespace dem
