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
  std::string file;                     // of settings; empty: none
};

void add_recipe_options(CLI::App& app, RecipeOptions& options);

// The named recipe, else that of the file of settings, else the layout's default, and the fields
// given: by options, else by the file. Throws Error{kInvalidArgument} for an option or a file whose
// field the recipe has not, a setting without a value, a field given twice or a file of another
// recipe, and as read_settings_file().
[[nodiscard]] RecipeChoices choices_of(const RecipeOptions& options,
                                       std::string_view layout,
                                       Index processes);

}  // namespace dem::cli
