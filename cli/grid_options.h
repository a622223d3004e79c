// The points of dem train --grid.
#pragma once

#include <functional>
#include <string_view>

#include "dem/dem.h"
#include "train_options.h"

namespace dem::cli {

// Fills in options.points and options.grid_by; of recipes that train in steps the selection becomes
// val. `plan` makes a recipe of its options, by default for a layout. Throws
// Error{kInvalidArgument} naming the option for what is no field or value of the recipe, or cannot
// be asked together with a grid.
void plan_grid(TrainOptions& options,
               std::string_view layout,
               const std::function<Recipe(const RecipeOptions&)>& plan);

}  // namespace dem::cli
