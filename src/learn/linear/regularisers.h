// Choosing regularisers: every point of a grid, on classes that training has not seen.
#pragma once

#include <memory>
#include <vector>

#include "dem/learn/family.h"
#include "learn/closed_form_problem.h"
#include "learn/settings_grid.h"

namespace dem {

// A closed form on one problem: prepared once, solved for each choice.
class LinearSolver {
 public:
  virtual ~LinearSolver() = default;
  // May keep what the next choice can use.
  [[nodiscard]] virtual Learned solve(const Choice& choice) = 0;
};
using MakeSolver = std::unique_ptr<LinearSolver> (*)(const Recipe& recipe,
                                                     ClosedFormProblem problem);

// Takes the choice of the highest mean accuracy over data.rounds(), the first of equals, and solves
// it on all training images. Choices that have no solution (Error{kNumerical}) are passed over. A
// best number that is the first or last of a grid of three or more is named in the log.
// Where the grid is one point there is nothing to choose. Throws Error{kInvalidArgument} where
// there is, and no round to choose by.
[[nodiscard]] Learned choose_and_solve(const Recipe& recipe,
                                       const LearningData& data,
                                       const std::vector<Choice>& grid,
                                       MakeSolver make);

}  // namespace dem
