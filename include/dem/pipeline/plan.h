// From what somebody chose to the recipe of a run.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "dem/learn/recipe.h"

namespace dem {

struct RecipeChoices {
  std::string recipe;                         // by name; empty: default_recipe() of the layout
  std::map<std::string, std::string> fields;  // Recipe::set()
  // Whether there are images to select by, or statistics alone (FitOptions::saved_statistics).
  bool has_images = true;
  Index processes = 1;  // that train together: for_processes()
};

// The recipe for data of a layout, a name and a mode, with the choices applied. What follows from
// them and was not itself chosen is changed, and the log says so: the selection of a recipe that
// selects by images where there are none, the learning rate of several processes. Throws
// Error{kInvalidArgument}.
//
//   options.recipe = plan_recipe({.recipe = "gbu", .fields = {{"num_epochs", "20"}}},
//                                "gbu", "AWA2", TrainMode::kAttribute);
[[nodiscard]] Recipe plan_recipe(const RecipeChoices& choices,
                                 std::string_view layout,
                                 std::string_view dataset_name,
                                 TrainMode mode);

}  // namespace dem
