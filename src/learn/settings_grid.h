// Settings that a closed form can be given or chooses: NAME is a value or "auto", and NAME_grid the
// values to choose from, between blanks or commas.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dem/learn/recipe.h"

namespace dem {

// One point of a grid: the values of a recipe's settings that it gives, by name.
using Choice = std::map<std::string, std::string>;

// All combinations of what some settings allow, in the order of `names`, the last one changing
// fastest.
[[nodiscard]] std::vector<Choice> grid_of(const Recipe& recipe,
                                          const std::vector<std::string>& names);

// The number, where the text is one, finite and above 0.
[[nodiscard]] std::optional<double> positive_number(const std::string& text);
// A setting's. Throws Error{kInvalidArgument} where it is none.
[[nodiscard]] double number_of(const Choice& choice, const std::string& name);

// Check settings whose values are positive numbers, or some words, and their grids, whether these
// are used or not. Throw Error{kInvalidArgument} naming the setting or the grid: for another value,
// a grid of none, and one that has a value twice.
void check_numbers(const Recipe& recipe, const std::vector<std::string>& names);
void check_words(const Recipe& recipe,
                 const std::string& name,
                 const std::vector<std::string>& words);

}  // namespace dem
