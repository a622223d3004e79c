// The registry of recipes, and the settings of recipes that learn at once.
#include <gtest/gtest.h>

#include <set>

#include "dem/learn/family.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;

constexpr const char* kClosedForms[] = {"ridge", "ridge-v2s", "eszsl", "sae"};

std::string message_of(const char* name, const char* setting, const char* value) {
  Recipe recipe = make_recipe(name, "CUB", TrainMode::kAttribute);
  recipe.set({{setting, value}});
  try {
    recipe.validate();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Registry, HasEveryRecipeOnceAndMakesItValid) {
  std::set<std::string> names;
  for (const RecipeEntry& entry : recipe_entries()) {
    EXPECT_TRUE(names.insert(std::string(entry.name)).second) << entry.name;
    EXPECT_FALSE(entry.summary.empty()) << entry.name;
    for (const TrainMode mode : {TrainMode::kAttribute, TrainMode::kWord, TrainMode::kFusion}) {
      const Recipe recipe = make_recipe(entry.name, "CUB", mode);
      EXPECT_EQ(recipe.name, entry.name);
      EXPECT_NO_THROW(recipe.validate()) << entry.name;
      EXPECT_EQ(learns_at_once(recipe), entry.learn != nullptr);
    }
  }
  for (const char* name : {"mindspore", "mindspore-intended", "tensorflow", "gbu"}) {
    EXPECT_EQ(names.count(name), 1) << name;
  }
  for (const char* name : kClosedForms) EXPECT_EQ(names.count(name), 1) << name;
}

// Their -1 is a number, as it is there.
TEST(Registry, RecipesOfSourcesKeepMissingDescriptions) {
  for (const char* name : {"mindspore", "mindspore-intended", "tensorflow", "gbu"}) {
    EXPECT_EQ(missing_descriptions_of(name), MissingDescriptions::kKeep) << name;
  }
  for (const char* name : kClosedForms) {
    EXPECT_EQ(missing_descriptions_of(name), MissingDescriptions::kKeep) << name;
  }
  for (const char* name : {"auto", "kernel-prototypes", "cnzsl"}) {
    EXPECT_EQ(missing_descriptions_of(name), MissingDescriptions::kAuto) << name;
  }
  EXPECT_EQ(missing_descriptions_of("rigde"), MissingDescriptions::kKeep);
}

TEST(Registry, HasADefaultForEveryLayoutAndOneThatTrainsANetwork) {
  for (const char* layout : {"gbu", "table", "arrays", ""}) {
    EXPECT_EQ(default_recipe(layout), "auto") << layout;
    EXPECT_EQ(default_network_recipe(layout), "gbu") << layout;
  }
  EXPECT_EQ(default_recipe("dem"), "mindspore");
  EXPECT_EQ(default_network_recipe("dem"), "mindspore");
  EXPECT_EQ(recipe_entries()[0].name, "auto");  // so help begins with it
}

TEST(Registry, HasTheRecipeAutoWithNothingGiven) {
  const Recipe recipe = make_recipe("auto", "TOY", TrainMode::kAttribute);
  EXPECT_TRUE(learns_at_once(recipe));
  EXPECT_FALSE(takes_original_attributes("auto"));
  EXPECT_EQ(recipe.gamma.by, GammaChoice::By::kValidation);
  for (const auto& [name, value] : recipe.settings) {
    EXPECT_EQ(value, name == "tune" ? "quick" : "auto") << name;
  }
  EXPECT_EQ(message_of("auto", "lambda", "x"),
            "recipe auto: lambda: expected auto or a number of at least 1e-06, got \"x\"");
}

TEST(Registry, NamesWhatThereIsInsteadOfAnUnknownRecipe) {
  EXPECT_EQ(find_recipe("rigde"), nullptr);
  expect_error(ErrorKind::kInvalidArgument, {"ridge-v2s", "mindspore-intended", "\"rigde\""}, [] {
    (void)make_recipe("rigde", "CUB", TrainMode::kAttribute);
  });
}

TEST(Registry, RefusesASettingThatARecipeLacks) {
  Recipe ridge = make_recipe("ridge", "CUB", TrainMode::kAttribute);
  ridge.set({{"lambda", "2.5"}});
  EXPECT_EQ(ridge.settings.at("lambda"), "2.5");
  expect_error(ErrorKind::kInvalidArgument, {"ridge", "lambda, lambda_grid", "lamda"}, [&] {
    ridge.set({{"lamda", "1"}});
  });
  Recipe network = make_recipe("gbu", "CUB", TrainMode::kAttribute);
  expect_error(ErrorKind::kInvalidArgument, {"gbu", "learning_rate, ", "lambda"}, [&] {
    network.set({{"lambda", "1"}});
  });
}

// Before any image is read.
TEST(Registry, ChecksSettingsOfClosedForms) {
  const struct {
    const char *recipe, *setting, *value;
  } cases[] = {{"ridge", "lambda", "0"},
               {"ridge", "lambda", "-1"},
               {"ridge", "lambda", "nan"},
               {"ridge", "lambda", "inf"},
               {"ridge", "lambda", "1x"},
               {"ridge", "lambda", ""},
               {"ridge", "lambda_grid", ""},
               {"ridge", "lambda_grid", "1 x"},
               {"ridge-v2s", "lambda", "none"},
               {"eszsl", "gamma_signatures", "-2"},
               {"eszsl", "gamma_signatures_grid", "1, -1"},
               {"eszsl", "coding", "zero-one"},
               {"sae", "lambda", "1 2"},
               {"sae", "direction", "both"},
               {"sae", "direction_grid", "encoder, x"}};
  for (const auto& c : cases) {
    Recipe recipe = make_recipe(c.recipe, "CUB", TrainMode::kAttribute);
    recipe.set({{c.setting, c.value}});
    EXPECT_THROW(recipe.validate(), Error) << c.recipe << " " << c.setting << "=" << c.value;
  }
  for (const char* name : kClosedForms) {
    Recipe recipe = make_recipe(name, "CUB", TrainMode::kAttribute);
    recipe.set({{"lambda_grid", "1, 10 1e2"}});
    EXPECT_NO_THROW(recipe.validate()) << name;
    recipe.selection = Selection::kTest;
    EXPECT_THROW(recipe.validate(), Error) << name;
    recipe.selection = Selection::kValidation;
    recipe.metric = recipe.metric == Metric::kDot ? Metric::kCosine : Metric::kDot;
    EXPECT_THROW(recipe.validate(), Error) << name;
  }
}

TEST(Registry, NamesTheGridThatHasABadValue) {
  EXPECT_EQ(message_of("ridge", "lambda_grid", "1 x"),
            "recipe ridge: lambda_grid: expected numbers above 0, got \"x\"");
  EXPECT_EQ(message_of("ridge", "lambda_grid", "1 auto"),
            "recipe ridge: lambda_grid: expected numbers above 0, got \"auto\"");
  EXPECT_EQ(message_of("ridge", "lambda", "x"),
            "recipe ridge: lambda: expected auto or a number above 0, got \"x\"");
  EXPECT_EQ(message_of("sae", "direction_grid", "encoder, x"),
            "recipe sae: direction_grid: expected encoder or decoder, got \"x\"");
  EXPECT_EQ(message_of("sae", "direction", "x"),
            "recipe sae: direction: expected auto, encoder or decoder, got \"x\"");
}

TEST(Registry, RefusesAGridThatHasAValueTwice) {
  EXPECT_EQ(message_of("ridge", "lambda_grid", "1, 10 1.0"),
            "recipe ridge: lambda_grid: expected a value once, got 1 and 1.0");
  EXPECT_EQ(message_of("sae", "direction_grid", "encoder encoder"),
            "recipe sae: direction_grid: expected a value once, got encoder and encoder");
}

// What is not used today is used when somebody sets the value back to auto.
TEST(Registry, ChecksAGridWhereTheValueIsGivenToo) {
  const struct {
    const char *recipe, *name, *value, *grid;
  } cases[] = {{"ridge", "lambda", "1", "1 x"},
               {"ridge-v2s", "lambda", "1", ""},
               {"eszsl", "gamma_signatures", "2", "1 -1"},
               {"sae", "direction", "encoder", "x"}};
  for (const auto& c : cases) {
    Recipe recipe = make_recipe(c.recipe, "CUB", TrainMode::kAttribute);
    recipe.set({{c.name, c.value}});
    EXPECT_NO_THROW(recipe.validate()) << c.recipe;
    const std::string grid = std::string(c.name) + "_grid";
    recipe.set({{grid, c.grid}});
    expect_error(ErrorKind::kInvalidArgument, {c.recipe, grid}, [&] { recipe.validate(); });
  }
}

TEST(Registry, ShowsSettingsInARecipesTextAndJson) {
  Recipe recipe = make_recipe("eszsl", "CUB", TrainMode::kAttribute);
  recipe.set({{"gamma_signatures", "7"}});
  EXPECT_NE(recipe.to_string().find("gamma_signatures 7"), std::string::npos);
  EXPECT_NE(recipe.to_json().find("\"gamma_signatures\":\"7\""), std::string::npos);
}

}  // namespace
}  // namespace dem
