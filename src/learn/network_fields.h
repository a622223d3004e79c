// The fields of a NetworkRecipe by name: as JSON, and from text.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "dem/learn/network_recipe.h"

namespace dem {

[[nodiscard]] std::span<const std::string_view> network_fields();

// Adds every field, by its name, in the order of network_fields().
void add_fields(nlohmann::ordered_json& json, const NetworkRecipe& recipe);

// One of network_fields(), as Recipe::set().
void set_field(NetworkRecipe& recipe, std::string_view field, const std::string& text);

}  // namespace dem
