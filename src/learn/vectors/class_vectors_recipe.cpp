// Class vectors as they are: nothing is learned, descriptions lie in the space of the features.
//
// What a model of images and texts together can do by itself (CLIP's text vectors of the class
// names beside its image features: Radford et al., ICML 2021, section 3.1), as a baseline for what
// is learned from the same data.
#include "base/text.h"
#include "dem/base/error.h"
#include "learn/closed_form_problem.h"
#include "learn/closed_form_recipe.h"
#include "learn/families.h"

namespace dem {
namespace {

Recipe make_class_vectors(std::string_view, TrainMode) {
  Recipe recipe = closed_form_recipe({}, Metric::kCosine);
  recipe.feature_scaling = ScalingKind::kL2;
  return recipe;
}

void check_class_vectors(const Recipe& recipe) {
  require_validation(recipe);
  const ScalingKind scaling = recipe.feature_scaling;
  require_field(scaling == ScalingKind::kL2 || scaling == ScalingKind::kNone,
                recipe,
                "feature_scaling",
                concat("l2 or none, which leave features in the class vectors' space, got ",
                       to_string(scaling)));
}

void require_one_width(const Recipe& recipe, const ClassInput& input, Index feature_dim) {
  if (input.dim == feature_dim) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat("recipe ",
                     recipe.name,
                     ": expected class vectors in the features' own space, of ",
                     feature_dim,
                     " numbers (CLIP's text vectors beside its image features, say), got ",
                     input.dim,
                     " (",
                     input.space,
                     "): other recipes take descriptions of any width"));
}

Learned learn_class_vectors(const Recipe& recipe, const LearningData& data) {
  require_one_width(recipe, only_space(recipe, data.classes), data.statistics.feature_dim());
  const ClosedFormProblem problem = problem_of_all(recipe, data);
  return {.feature_map = problem.feature_map.clone(),
          .class_map = ClassMap(IdentityMap{problem.input, true}),
          .metric = problem.metric};
}

constexpr RecipeEntry kEntries[] = {
    {.name = "class-vectors",
     .summary = "class vectors in the features' own space (CLIP's texts), without training",
     .make = make_class_vectors,
     .validate = check_class_vectors,
     .in_feature_space = true,
     .learn = learn_class_vectors},
};

}  // namespace

std::span<const RecipeEntry> class_vector_recipes() {
  return kEntries;
}

}  // namespace dem
