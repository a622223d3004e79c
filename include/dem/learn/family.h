// Families of recipes: where a new recipe goes.
//
// A family is a folder of src/learn/ and a line in src/learn/registry.cpp. It lists its recipes as
// RecipeEntry values. Some train a network in steps (learn/dem: batches or the statistics solver,
// which can be stopped and resumed); others learn at once, from class statistics: they fill the
// slots of a model in one function, and everything else (validation, saving, evaluation,
// prediction, new classes, export) is there already.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/learn/class_statistics.h"
#include "dem/learn/recipe.h"
#include "dem/model/model.h"

namespace dem {

// The slots of a model, and what was chosen on the way.
struct Learned {
  FeatureMap feature_map;
  ClassMap class_map;
  Metric metric = Metric::kEuclidean;
  std::vector<float> scale = {};   // [num_classes] or empty, as in Prototypes
  std::vector<float> offset = {};  // [num_classes] or empty
  Provenance facts = {};           // "lambda": "0.1", ...; go into the model's provenance

  [[nodiscard]] Learned clone() const {
    return {feature_map.clone(), class_map.clone(), metric, scale, offset, facts};
  }
};

// Some seen classes held out, for choices that a recipe makes. Never of test classes.
struct ValidationRound {
  ClassStatistics statistics;    // of the training images of other classes, with second moments
  std::vector<ClassId> classes;  // the held-out ones, ascending
};

// What a recipe learns from at once.
struct LearningData {
  const ClassTable& classes;          // descriptions of all classes, unseen ones too
  const ClassStatistics& statistics;  // of all training images, with second moments
  // What each image went through before statistics were taken: nothing, or l2, which goes by single
  // images. A recipe's feature map begins with it.
  const FeatureMap& base;
  // Class-disjoint validation, made when first asked for; none where there is nothing to validate
  // on (one seen class, a statistics file without folds).
  std::function<std::span<const ValidationRound>()> rounds;
  // Of a model that learned from a round's statistics: the mean over the held-out classes of the
  // accuracy on their images, searched among these classes. On all ranks of a group alike.
  std::function<double(const Learned&, std::size_t round)> accuracy;
};

// One recipe.
struct RecipeEntry {
  std::string_view name;
  std::string_view summary;                // half a line, for help and docs/recipes.md
  bool takes_original_attributes = false;  // its source trains on un-normalised attributes
  // The recipe as its source states it for a dataset and a mode.
  Recipe (*make)(std::string_view dataset_name, TrainMode mode) = nullptr;
  // Throws Error{kInvalidArgument} naming the field; null: Recipe's own checks of a network.
  void (*validate)(const Recipe& recipe) = nullptr;
  // Learns at once; null: a network, trained in steps.
  Learned (*learn)(const Recipe& recipe, const LearningData& data) = nullptr;
};

// All recipes, family by family.
[[nodiscard]] std::span<const RecipeEntry> recipe_entries();
[[nodiscard]] std::vector<std::string> recipe_names();
// Null where there is none of that name.
[[nodiscard]] const RecipeEntry* find_recipe(std::string_view name) noexcept;
// Whether a recipe learns at once rather than in steps.
[[nodiscard]] bool learns_at_once(const Recipe& recipe) noexcept;

}  // namespace dem
