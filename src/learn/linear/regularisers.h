// Choosing regularisers: every point of a grid, on classes that training has not seen.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dem/learn/family.h"
#include "learn/closed_form_problem.h"

namespace dem {

// One point of a grid: the values of a recipe's settings that it gives, by name.
using Choice = std::map<std::string, std::string>;

// All combinations of what some settings allow: a single value, or with "auto" the words of the
// setting NAME_grid, between blanks or commas. In the order of `names`, the last one changing
// fastest.
[[nodiscard]] std::vector<Choice> grid_of(const Recipe& recipe,
                                          const std::vector<std::string>& names);
// A setting's number. Throws Error{kInvalidArgument} where it is none, or not finite and positive.
[[nodiscard]] double number_of(const Choice& choice, const std::string& name);
// As number_of(), for all that some settings allow.
void check_numbers(const Recipe& recipe, const std::vector<std::string>& names);

// A closed form on one problem: prepared once, solved for each choice.
class LinearSolver {
 public:
  virtual ~LinearSolver() = default;
  [[nodiscard]] virtual Learned solve(const Choice& choice) const = 0;
};
using MakeSolver = std::unique_ptr<LinearSolver> (*)(const Recipe& recipe,
                                                     ClosedFormProblem problem);

// Takes the choice of the highest mean accuracy over data.rounds(), the first of equals, and solves
// it on all training images. Choices that have no solution (Error{kNumerical}) are passed over.
// Where the grid is one point there is nothing to choose. Throws Error{kInvalidArgument} where
// there is, and no round to choose by.
[[nodiscard]] Learned choose_and_solve(const Recipe& recipe,
                                       const LearningData& data,
                                       const std::vector<Choice>& grid,
                                       MakeSolver make);

}  // namespace dem
