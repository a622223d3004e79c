// A recipe chosen by name and changed field by field.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "dem/dem.h"

namespace dem::cli {

struct RecipeOptions {
  std::string recipe;                         // empty: the layout's default
  std::map<std::string, std::string> fields;  // by options of their own
  std::vector<std::string> settings;          // NAME=VALUE
};

void add_recipe_options(CLI::App& app, RecipeOptions& options);

// Throws Error{kInvalidArgument} for a setting without a value, or a field given twice.
[[nodiscard]] RecipeChoices choices_of(const RecipeOptions& options);

}  // namespace dem::cli
