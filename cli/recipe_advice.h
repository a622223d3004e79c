// Which recipe to name, where the one that is taken cannot do what was asked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dem/dem.h"

namespace dem::cli {

// "recipe auto, the default of layout gbu," or "recipe ridge".
[[nodiscard]] std::string recipe_phrase(std::string_view recipe,
                                        bool by_default,
                                        std::string_view layout);

// "a, b, c".
[[nodiscard]] std::string listed(const std::vector<std::string>& words);

// Whether it is a field or setting of the recipe.
[[nodiscard]] bool has_field(const Recipe& recipe, const std::string& field);

// The recipes that have a field, that of the layout's networks first: "gbu (--recipe gbu), ridge";
// "" where none has it.
[[nodiscard]] std::string recipes_with_field(std::string_view field, std::string_view layout);

// All names, with what is expected besides, and the one that was probably meant: "one of auto,
// ridge, ... (or FILE), got rigde (did you mean ridge?)".
[[nodiscard]] std::string expected_recipe(std::string_view typed, std::string_view besides = "");

// Those that train a network in steps, likewise.
[[nodiscard]] std::string recipes_in_steps(std::string_view layout);

}  // namespace dem::cli
