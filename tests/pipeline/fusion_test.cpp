// Recipes that learn at once, of classes described in several semantic spaces.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/base/log.h"
#include "dem/data/dataset_from_arrays.h"
#include "dem/exchange/model_file.h"
#include "dem/learn/family.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

constexpr Index kNumSeen = 40;
constexpr Index kNumUnseen = 30;
constexpr Index kImages = 12;  // of each class and part of the split
constexpr Index kFeatureDim = 10;
constexpr Index kWidth = 5;  // of each space

// The columns of a matrix from `first` on.
Matrix<float> columns(const Matrix<float>& all, Index first, Index count) {
  Matrix<float> out(all.rows(), count);
  for (Index i = 0; i < all.rows(); ++i) {
    for (Index j = 0; j < count; ++j) out(i, j) = all(i, first + j);
  }
  return out;
}

// Images lie about a linear image of ten numbers of their class. Spaces attribute and sketch have
// five each; noise has five that say nothing.
Dataset dataset_of(const std::vector<std::string>& spaces) {
  Rng rng(11, Purpose::kInit);
  const Index num_classes = kNumSeen + kNumUnseen;
  const Matrix<float> known = test::normal_matrix(num_classes, 2 * kWidth, 1.0, rng);
  const Matrix<float> noise = test::normal_matrix(num_classes, kWidth, 1.0, rng);
  const Matrix<float> map = test::normal_matrix(2 * kWidth, kFeatureDim, 1.0, rng);

  DatasetArrays arrays;
  arrays.classes.spaces = spaces;
  for (const std::string& space : spaces) {
    arrays.classes.embeddings.push_back(space == "attribute" ? columns(known, 0, kWidth)
                                        : space == "sketch"  ? columns(known, kWidth, kWidth)
                                                             : noise.clone());
  }
  Matrix<float> features =
      test::normal_matrix(2 * kImages * kNumSeen + kImages * kNumUnseen, kFeatureDim, 1.5, rng);
  const auto add = [&](ClassId id, std::vector<Index>& list) {
    for (Index i = 0; i < kImages; ++i) {
      const auto row = static_cast<Index>(arrays.labels.size());
      for (Index k = 0; k < 2 * kWidth; ++k) {
        for (Index j = 0; j < kFeatureDim; ++j) features(row, j) += known(id, k) * map(k, j);
      }
      list.push_back(row);
      arrays.labels.push_back(id);
    }
  };
  for (Index c = 0; c < num_classes; ++c) {
    arrays.classes.names.push_back("class " + std::to_string(c));
    const auto id = static_cast<ClassId>(c);
    if (c < kNumSeen) add(id, arrays.split.trainval);
    add(id, c < kNumSeen ? arrays.split.test_seen : arrays.split.test_unseen);
  }
  return dataset_from_arrays(std::move(features), std::move(arrays));
}

FitOptions options_of(const std::string& recipe,
                      const std::map<std::string, std::string>& fields = {}) {
  FitOptions options;
  options.recipe = make_recipe(recipe, "", TrainMode::kAttribute);
  options.recipe.set(fields);
  return options;
}

double t1_of(const Model& model, const Dataset& dataset) {
  return evaluate_model(model, dataset, model.metric).t1;
}

double weight_of(const Model& model, const std::string& space) {
  if (!model.class_map.join()) return -1.0;
  for (const SpaceJoin::Part& part : model.class_map.join()->parts) {
    if (part.input.space == space) return part.weight;
  }
  return 0.0;
}

TEST(Fusion, TwoSpacesTellMoreThanEither) {
  const Dataset one = dataset_of({"attribute"});
  const Dataset both = dataset_of({"attribute", "sketch"});
  const double alone = t1_of(fit(one, options_of("auto")).model, one);
  const Model model = fit(both, options_of("auto")).model;
  EXPECT_GT(t1_of(model, both), alone + 0.15);
  EXPECT_GT(weight_of(model, "attribute"), 0.2);
  EXPECT_GT(weight_of(model, "sketch"), 0.2);
  EXPECT_NE(model.provenance.at("space_weights"), "");
}

TEST(Fusion, ASpaceThatSaysNothingCountsLittle) {
  const Dataset dataset = dataset_of({"attribute", "noise", "sketch"});
  const Model model = fit(dataset, options_of("auto")).model;
  EXPECT_LT(weight_of(model, "noise"), 0.11);
  const Dataset without = dataset_of({"attribute", "sketch"});
  const double clean = t1_of(fit(without, options_of("auto")).model, without);
  EXPECT_GT(t1_of(model, dataset), clean - 0.1);
  // Equal weights would have cost more than that.
  const Model equal = fit(dataset, options_of("auto", {{"space_weights", "1 1 1"}})).model;
  EXPECT_GT(t1_of(model, dataset), t1_of(equal, dataset));
}

// A space in which all classes are alike is left out.
TEST(Fusion, ASpaceOfOneDescriptionHasNoWeight) {
  Dataset dataset = dataset_of({"attribute", "sketch"});
  for (Index c = 0; c < dataset.classes.size(); ++c) {
    for (float& value : dataset.classes.embeddings[1].row(c)) value = 2.0f;
  }
  const Model model = fit(dataset, options_of("auto")).model;
  EXPECT_EQ(model.classes.spaces, std::vector<std::string>{"attribute"});
  EXPECT_EQ(model.provenance.at("space_weights"), "1 0");
}

// All weight on one space is that space alone, to the last bit.
TEST(Fusion, OneSpaceOfSeveralIsThatSpace) {
  const Dataset one = dataset_of({"attribute"});
  const Dataset both = dataset_of({"attribute", "sketch"});
  for (const char* recipe : {"auto", "whitened", "ridge", "eszsl"}) {
    const Model expected = fit(one, options_of(recipe)).model;
    const Model model = fit(both, options_of(recipe, {{"space_weights", "1,0"}})).model;
    EXPECT_EQ(model.classes.spaces, std::vector<std::string>{"attribute"}) << recipe;
    ASSERT_EQ(model.prototypes.rows.size(), expected.prototypes.rows.size()) << recipe;
    for (Index i = 0; i < expected.prototypes.rows.size(); ++i) {
      EXPECT_NEAR(model.prototypes.rows.data()[i], expected.prototypes.rows.data()[i], 1e-4)
          << recipe << ' ' << i;
    }
    EXPECT_EQ(model.provenance.at("space_weights"), "1 0") << recipe;
  }
}

TEST(Fusion, EveryRecipeThatLearnsAtOnceTakesSeveralSpaces) {
  const Dataset both = dataset_of({"attribute", "sketch"});
  const test::TemporaryFolder folder;
  for (const RecipeEntry& entry : recipe_entries()) {
    if (entry.learn == nullptr || entry.in_feature_space) continue;
    const std::string name(entry.name);
    const Model model = fit(both, options_of(name)).model;
    ASSERT_TRUE(model.class_map.join()) << name;
    EXPECT_GT(t1_of(model, both), 2.0 / kNumUnseen) << name;  // twice chance
    save_model(model, folder.file("model"));
    const Model read = load_model(folder.file("model"));
    EXPECT_EQ(read.class_map.join()->to_string(), model.class_map.join()->to_string()) << name;
    EXPECT_EQ(t1_of(read, both), t1_of(model, both)) << name;
  }
}

TEST(Fusion, NewClassesComeInAllSpaces) {
  const Dataset both = dataset_of({"attribute", "sketch"});
  const Model model = fit(both, options_of("auto")).model;
  Model grown = model.clone();
  ClassTable added = both.classes.clone();
  added.names = {};
  for (Index c = 0; c < both.classes.size(); ++c) added.names.push_back("new " + std::to_string(c));
  added.seen.assign(at(both.classes.size()), false);
  grown.add_classes(added);
  const Index unseen = kNumSeen;  // the first unseen class, as predicted under its old name
  for (Index d = 0; d < model.prototypes.rows.cols(); ++d) {
    EXPECT_NEAR(grown.prototypes.rows(both.classes.size() + unseen, d),
                model.prototypes.rows(unseen, d),
                1e-5);
  }
}

TEST(Fusion, RefusesWeightsOfAnotherNumber) {
  const Dataset both = dataset_of({"attribute", "sketch"});
  for (const char* weights : {"1", "1 2 3", "0 0"}) {
    test::expect_error(ErrorKind::kInvalidArgument, {"space weights: expected 2 numbers"}, [&] {
      (void)fit(both, options_of("auto", {{"space_weights", weights}}));
    });
  }
  for (const char* text : {"", "-1 1", "one", "nan 1"}) {
    test::expect_error(ErrorKind::kInvalidArgument, {"space_weights: expected val"}, [&] {
      (void)options_of("auto", {{"space_weights", text}});
    });
  }
}

// A network has gains of its own.
TEST(Fusion, NetworksInStepsTakeTheSpacesOfTheirModeAlone) {
  const Dataset both = dataset_of({"attribute", "sketch"});
  test::expect_error(ErrorKind::kInvalidArgument,
                     {"attribute, sketch", "recipes that learn at once"},
                     [&] { (void)fit(both, options_of("gbu")); });
}

}  // namespace
}  // namespace dem
