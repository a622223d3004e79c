// A recipe chosen by name and changed field by field.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "dem/dem.h"

namespace dem::cli {

struct RecipeOptions {
  std::string recipe;  // empty: the layout's default
  struct Given {
    std::string text, option;
  };
  std::map<std::string, Given> fields;  // by options of their own
  std::vector<std::string> settings;    // NAME=VALUE
};

void add_recipe_options(CLI::App& app, RecipeOptions& options);

// The named recipe, else the layout's default, and the fields given. Throws Error{kInvalidArgument}
// for an option whose field the recipe has not, a setting without a value, or a field given twice.
[[nodiscard]] RecipeChoices choices_of(const RecipeOptions& options, std::string_view layout);

}  // namespace dem::cli
