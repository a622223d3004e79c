// Families of recipes: where a new recipe goes.
//
// A family is a folder of src/learn/ with its declaration in src/learn/families.h and a line in
// src/learn/registry.cpp. It lists its recipes as
// RecipeEntry values. Some train a network in steps (learn/dem: batches or the statistics solver,
// which can be stopped and resumed); others learn at once, from class statistics: they fill the
// slots of a model in one function, and everything else (validation, saving, evaluation,
// prediction, new classes, export) is there already.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/learn/class_statistics.h"
#include "dem/learn/recipe.h"
#include "dem/learn/scored_fold.h"
#include "dem/model/model.h"

namespace dem {

// The slots of a model, and what was chosen on the way.
struct Learned {
  FeatureMap feature_map;
  ClassMap class_map;
  Metric metric = Metric::kEuclidean;
  std::vector<float> scale = {};   // [num_classes] or empty, as in Prototypes
  std::vector<float> offset = {};  // [num_classes] or empty
  float gamma = 0.0f;              // as in Model
  float temperature = 0.0f;        // as in Model; 0: to be fitted
  RejectionCurve rejection = {};
  // What settings came to, by their names: "lambda": "0.1", ...; go into the model's provenance.
  Provenance facts = {};
  // On held-out classes, where something was chosen by it; empty where all was given.
  std::optional<double> selected_accuracy = {};

  [[nodiscard]] Learned clone() const {
    return {feature_map.clone(),
            class_map.clone(),
            metric,
            scale,
            offset,
            gamma,
            temperature,
            rejection,
            facts,
            selected_accuracy};
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
  // Class-disjoint validation, made when first asked for, each of two held-out classes or more;
  // none where there is nothing to validate on (too few seen classes, a statistics file without
  // folds).
  std::function<std::span<const ValidationRound>()> rounds;
  // Of a model that learned from a round's statistics: the mean over the held-out classes of the
  // accuracy on their images, searched among these classes. All ranks of a group call it, in the
  // same order, and get the same.
  std::function<double(const Learned&, std::size_t round)> accuracy;
  // Whether something holds on every rank of the group; all call it. Processors may round
  // differently, so that a system may have a solution on some ranks only.
  std::function<bool(bool here)> on_all_ranks;
  // How many repeats of scored folds there are of those wanted: all of them from images, one of a
  // statistics file, whose folds are fixed, none where there is nothing to validate on (fewer than
  // three seen classes with images, a file without folds or sample).
  std::function<Index(Index wanted)> num_repeats = {};
  // The seen classes dealt into folds, four or as many as there are classes, each fold held out
  // once; a file has up to four folds of classes. Repeats, from 0 on, differ in the dealing; empty
  // where there is none. A call goes through the images again: keep the result. All ranks of a
  // group call it, in the same order, and get the same.
  std::function<std::vector<ScoredFold>(Index repeat)> scored_folds = {};
  // All training images one by one, for recipes that do not learn from statistics alone; null where
  // there are no images, or several ranks hold them.
  std::function<TrainingImages()> images = {};
  std::uint64_t seed = 0;  // of a recipe that draws at random
  // What a recipe comes to on the folds of the first dealing, with its settings as they are, of
  // which none may be left to choose, and its gamma, chosen or given. Folds of a single held-out
  // class, or learned from one, are left out. Nothing where there are no others, or none has a
  // solution. All ranks of a group call it, in the same order, and get the same.
  std::function<std::optional<FoldGamma>(const Recipe&)> on_folds = {};
  // Whether these are the data of a fold: what a recipe warns of, it warns of on all data.
  bool is_fold = false;
};

// One recipe.
struct RecipeEntry {
  std::string_view name;
  std::string_view summary;                // half a line, for help and docs/recipes.md
  bool takes_original_attributes = false;  // its source trains on un-normalised attributes
  // Takes descriptions with missing entries, filled in with means, where nobody says otherwise.
  bool fills_missing = false;
  // The layout of data whose users expect this recipe; "*": of any layout that no other one names.
  // The first such recipe is the default, the first that trains a network that of networks.
  std::string_view default_for = "";
  // What its source multiplies the learning rate by where several processes train together.
  double learning_rate_of_groups = 1.0;
  // The recipe as its source states it for a dataset and a mode.
  Recipe (*make)(std::string_view dataset_name, TrainMode mode) = nullptr;
  // What Recipe::validate() does not check, of the settings say. Throws Error{kInvalidArgument}
  // naming the field; null: nothing.
  void (*validate)(const Recipe& recipe) = nullptr;
  // Whether `learn` chooses gamma among its settings, where the recipe wants that. Of all other
  // recipes that learn at once it is chosen by learning again, with all settings as `facts` has
  // them, for each of some scored folds.
  bool chooses_gamma = false;
  // Learns from single images (LearningData::images), so that statistics alone will not do.
  bool needs_images = false;
  // Whether hubs are corrected by a setting of its own.
  bool has_hub_term = false;
  // Whether its classes have offsets of their own, of which a hub correction knows nothing.
  bool has_class_offsets = false;
  // Takes descriptions in the features' own space alone, as wide as these are; others are refused.
  bool in_feature_space = false;
  // Learns at once; null: a network, trained in steps.
  Learned (*learn)(const Recipe& recipe, const LearningData& data) = nullptr;
};

// All recipes, family by family.
[[nodiscard]] std::span<const RecipeEntry> recipe_entries();
[[nodiscard]] std::vector<std::string> recipe_names();
// The recipe for data of a layout where nobody names one: "mindspore" for "dem", else "auto".
[[nodiscard]] std::string default_recipe(std::string_view layout);
// The same where it must be one that trains a network, in steps: for bare weights, or settings of
// training: "mindspore" for "dem", else "gbu".
[[nodiscard]] std::string default_network_recipe(std::string_view layout);
// Null where there is none of that name.
[[nodiscard]] const RecipeEntry* find_recipe(std::string_view name) noexcept;
// A recipe whose batch is one process's, as the reference has it, for so many of them together: the
// batch is that of all; one that trains in no steps stays as it is. `keeps_learning_rate`: somebody
// chose it; else the source's rule for groups applies. Throws Error{kInvalidArgument} where the
// batch is too large, or as validate().
//
//   recipe = for_processes(recipe, group.size(), false);
[[nodiscard]] Recipe for_processes(Recipe recipe, Index processes, bool keeps_learning_rate);
// Whether a recipe learns at once rather than in steps.
[[nodiscard]] bool learns_at_once(const Recipe& recipe) noexcept;

}  // namespace dem
