// What recipes of closed forms share as recipes: their fields, and how a wrong one is named.
#pragma once

#include <map>
#include <string>

#include "dem/learn/recipe.h"
#include "dem/model/class_input.h"
#include "dem/model/class_table.h"

namespace dem {

// Features scaled to [0, 1], and settings chosen on held-out classes.
[[nodiscard]] Recipe closed_form_recipe(std::map<std::string, std::string> settings, Metric metric);

// Throws Error{kInvalidArgument} "recipe NAME: FIELD: expected EXPECTED" unless `good`.
void require_field(bool good,
                   const Recipe& recipe,
                   const std::string& field,
                   const std::string& expected);
// The one semantic space that the classes are described in. Throws Error{kInvalidArgument} where
// there are several.
[[nodiscard]] ClassInput only_space(const Recipe& recipe, const ClassTable& classes);
// Refuses another selection than by held-out classes.
void require_validation(const Recipe& recipe);

}  // namespace dem
