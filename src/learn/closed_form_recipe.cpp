#include "learn/closed_form_recipe.h"

#include <utility>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

Recipe closed_form_recipe(std::map<std::string, std::string> settings, Metric metric) {
  Recipe recipe;
  recipe.settings = std::move(settings);
  recipe.feature_scaling = ScalingKind::kMinMax;
  recipe.selection = Selection::kValidation;
  recipe.metric = metric;
  return recipe;
}

void require_field(bool good,
                   const Recipe& recipe,
                   const std::string& field,
                   const std::string& expected) {
  if (good) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("recipe ", recipe.name, ": ", field, ": expected ", expected));
}

ClassInput only_space(const Recipe& recipe, const ClassTable& classes) {
  if (classes.spaces.size() == 1) return {classes.spaces[0], classes.embeddings[0].cols()};
  throw Error(
      ErrorKind::kInvalidArgument,
      concat("recipe ", recipe.name, ": expected one semantic space, got ", join(classes.spaces)));
}

void require_validation(const Recipe& recipe) {
  require_field(recipe.selection == Selection::kValidation,
                recipe,
                "selection",
                concat("val, by which regularisers are chosen, got ", to_string(recipe.selection)));
}

}  // namespace dem
