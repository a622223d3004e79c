#include "dem/pipeline/plan.h"

#include <utility>

#include "base/text.h"
#include "dem/base/log.h"
#include "dem/learn/family.h"

namespace dem {
namespace {

// There is nothing to select by.
void take_last(Recipe& recipe) {
  if (recipe.selection == Selection::kLast || learns_at_once(recipe)) return;
  log(LogLevel::kInfo,
      concat("selection: last, not ",
             to_string(recipe.selection),
             " as the recipe has it: statistics have no images to select by"));
  recipe.select(Selection::kLast);
}

}  // namespace

Recipe plan_recipe(const RecipeChoices& choices,
                   std::string_view layout,
                   std::string_view dataset_name,
                   TrainMode mode) {
  const std::string name = choices.recipe.empty() ? default_recipe(layout) : choices.recipe;
  Recipe recipe = make_recipe(name, dataset_name, mode);
  recipe.set(choices.fields);
  if (!choices.has_images && !choices.fields.contains("selection")) take_last(recipe);
  return for_processes(
      std::move(recipe), choices.processes, choices.fields.contains("learning_rate"));
}

}  // namespace dem
