// A recipe: everything that turns a dataset into a model, as one value.
//
// Recipes "mindspore" and "mindspore-intended" follow the MindSpore model zoo's research/cv/DEM as
// it runs and as its configuration means it; "tensorflow" the authors' original code; "gbu" the
// authors' scripts for the proposed splits (Xian et al., TPAMI 2019); "dem" is the same network
// from class statistics; "ridge", "ridge-v2s", "eszsl" and "sae" are closed forms; "class-vectors"
// learns nothing; "cnzsl" is Skorokhodov and Elhoseiny's classifier (ICLR 2021); and the default
// "auto", "kernel-prototypes", "whitened" and "gp" are ours. docs/recipes.md has the table,
// dem/learn/family.h how to add one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dem/data/dataset.h"
#include "dem/learn/gamma_choice.h"
#include "dem/learn/network_recipe.h"
#include "dem/model/comparison.h"
#include "dem/model/feature_scaling.h"

namespace dem {

// Which weights become the model.
enum class Selection {
  kLast,        // after the last epoch
  kValidation,  // epoch count from held-out seen classes, then trained on all seen classes
  kTest,  // the epoch with the best test accuracy: the reference's way, not an honest estimate
};

[[nodiscard]] std::string_view to_string(Selection selection) noexcept;  // "last", "val", "test"
[[nodiscard]] Selection selection_from_string(std::string_view name);

// What an evaluation on held-out seen classes is summed up by, under Selection::kValidation.
enum class SelectionBy {
  kAccuracy,  // mean over the images of the held-out classes, searched among these
  kT1,        // mean over those classes of the accuracy on their images
  // 2 U S / (U + S), U of the held-out classes' images and S of images of the other classes that
  // are spared from training, both among all of these classes, at the gamma that a model will have.
  kH,
};

[[nodiscard]] std::string_view to_string(SelectionBy by) noexcept;  // "accuracy", "T1", "H"
[[nodiscard]] SelectionBy selection_by_from_string(std::string_view name);

struct Recipe {
  std::string name;
  // What all recipes share.
  ScalingKind feature_scaling = ScalingKind::kNone;
  Metric metric = Metric::kEuclidean;
  Selection selection = Selection::kLast;
  double selection_threshold = 0.0;  // kTest: accuracy that an epoch must beat to be kept
  // kValidation of a network: by what, and on how many dealings of the seen classes: each class is
  // held out in one of so many runs, 1: a fifth of them in one run. 0: the one run of the data's
  // own lists (validation_folds()), else three. kTest goes by accuracy, whatever this says.
  SelectionBy selection_by = SelectionBy::kT1;
  Index selection_folds = 0;
  // Taken off the scores of seen classes. kValidation of a network goes with such a selection.
  GammaChoice gamma;
  // Of recipes that learn at once and have no hub term of their own: the weight of what is taken
  // off the scores of hubs (dem/model/hub_correction.h), at least 0; chosen as gamma is.
  GammaChoice hub_correction = {};
  // Of recipes that learn at once, where classes are described in several semantic spaces: how much
  // each counts, in the order of the table (join_of in dem/model/space_join.h). Empty: found on
  // held-out seen classes.
  std::vector<double> space_weights = {};
  // How it trains a network in steps; empty: it learns at once, from class statistics.
  std::optional<NetworkRecipe> network;
  // What the recipe's family is told by name: regularisers and the like.
  std::map<std::string, std::string> settings;

  // Throws Error{kInvalidArgument} naming the field, what was expected and the value.
  void validate() const;
  // Another selection than the recipe's own. Where its own is not by test images, choosing by them
  // keeps the best of all epochs, whatever its accuracy, by the mean over images; where it is,
  // held-out classes are judged by T1.
  void select(Selection by);
  // Changes fields by their names in to_json(), and settings, from text: a number, a word, "true"
  // or "false", a list "1e-3 1e-2". One value of a list that has an entry a layer is for every
  // layer; num_epochs lifts max_steps, which would end the run before; hidden_dim and selection as
  // set_hidden_dim() and select(); selection_by H chooses gamma, too, unless there is one. They are
  // taken in the order of fields(), whatever the map's. Throws Error{kInvalidArgument} naming the
  // fields that there are, or what was expected; validate() sees to ranges.
  //
  //   recipe.set({{"learning_rate", "1e-5"}, {"num_epochs", "20"}});
  void set(const std::map<std::string, std::string>& values);
  [[nodiscard]] std::vector<std::string> fields() const;
  [[nodiscard]] std::string to_json() const;
  [[nodiscard]] std::string to_string() const;  // one line
};

// Whether a recipe's source trains on un-normalised attributes
// (DatasetOptions::original_attributes).
[[nodiscard]] bool takes_original_attributes(std::string_view recipe) noexcept;

// What becomes of missing descriptions where nobody says otherwise: kAuto for recipes of ours,
// kKeep for those of sources, which take -1 as a number.
[[nodiscard]] MissingDescriptions missing_descriptions_of(std::string_view recipe) noexcept;

// The recipe as its source states it for this dataset and mode; for a dataset that the source does
// not know, the values that it uses for AwA. Throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] Recipe make_recipe(std::string_view name,
                                 std::string_view dataset_name,
                                 TrainMode mode);

}  // namespace dem
