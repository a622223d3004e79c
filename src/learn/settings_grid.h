// Settings that a closed form can be given or chooses: NAME is a value or "auto", and NAME_grid the
// values to choose from, between blanks or commas.
#pragma once

#include <functional>
#include <limits>
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

// The recipe with the values that its settings came to; other names are left out.
[[nodiscard]] Recipe settled(Recipe recipe, const Choice& values);

// The number, where the text is one, finite and above 0.
[[nodiscard]] std::optional<double> positive_number(const std::string& text);
// A setting's. Throws Error{kInvalidArgument} where it is none.
[[nodiscard]] double number_of(const Choice& choice, const std::string& name);

// The texts that a setting may come to: the one that was given, or those of its grid.
[[nodiscard]] std::vector<std::string> values_of(const Recipe& recipe, const std::string& name);
// The number that a checked text is.
[[nodiscard]] double number_in_text(const std::string& text);

// Of units, steps or images: no memory is asked for more.
inline constexpr Index kMostCount = Index{1} << 24;

struct NumberRange {
  double least;
  bool above;  // numbers are above `least`, not at it
  double most = std::numeric_limits<double>::infinity();
};

// Check settings whose values are positive numbers, numbers of a range, some words, or texts that a
// function knows, and their grids, whether these
// are used or not. Throw Error{kInvalidArgument} naming the setting or the grid: for another value,
// a grid of none, and one that has a value twice.
void check_numbers(const Recipe& recipe, const std::vector<std::string>& names);
void check_range(const Recipe& recipe, const std::string& name, const NumberRange& range);
// The same for whole numbers from 0 to kMostCount.
void check_counts(const Recipe& recipe, const std::vector<std::string>& names);
void check_words(const Recipe& recipe,
                 const std::string& name,
                 const std::vector<std::string>& words);
// `expected` says in words what is taken; `canonical` writes two texts of one value alike, and has
// nothing for a text that is none.
void check_texts(const Recipe& recipe,
                 const std::string& name,
                 const std::string& expected,
                 const std::function<std::optional<std::string>(const std::string&)>& canonical);

}  // namespace dem
