// The folds of classes that settings are chosen on, made ready.
#pragma once

#include <memory>
#include <vector>

#include "dem/learn/family.h"
#include "learn/judging_folds.h"
#include "learn/kernel/fold_problem.h"

namespace dem {

// Above so many seen classes two folds are enough to tell, and what needs a matrix of all classes
// is left out.
inline constexpr Index kVeryManyClasses = 5000;

// Of kernels to choose from those worth trying for so many seen classes: above kVeryManyClasses
// linear and centred alone, whose cost is that of the width of descriptions, and linear where
// neither is among them. A line of the log says so. A single kernel was given and stays.
[[nodiscard]] std::vector<KernelSpec> kernels_for(std::vector<KernelSpec> kernels,
                                                  Index num_seen_classes);

using FoldProblems = std::vector<std::unique_ptr<FoldProblem>>;

// Of data.scored_folds, as many dealings as the number and width of classes ask for: few classes
// differ much from dealing to dealing, and wide features make each one dear. Empty where there are
// no two folds of two classes to learn from and two to judge by; above 5,000 classes two folds.
// unit_rows [num_classes, a]; `times` as many dealings as otherwise.
[[nodiscard]] FoldProblems fold_problems(const LearningData& data,
                                         MatrixView<const double> unit_rows,
                                         Index times = 1);

}  // namespace dem
