// The fields of a NetworkRecipe by name: as JSON, and from text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "dem/learn/network_recipe.h"

namespace dem {

[[nodiscard]] std::span<const std::string_view> network_fields();

// An object of all of them, in that order.
[[nodiscard]] std::string fields_as_json(const NetworkRecipe& recipe);

// One of network_fields(), as Recipe::set().
void set_field(NetworkRecipe& recipe, std::string_view name, const std::string& text);

}  // namespace dem
