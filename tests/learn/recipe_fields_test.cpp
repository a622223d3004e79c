// Fields of a recipe by name, from text.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dem/base/error.h"
#include "dem/learn/recipe.h"

namespace dem {
namespace {

using Doubles = std::vector<double>;
using Floats = std::vector<float>;

// What to_json() prints, set() reads: a recipe becomes another one field by field.
TEST(RecipeFields, TakesEveryFieldAsText) {
  const auto text_of = [](const nlohmann::json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return value.dump();
    std::string words;
    for (const nlohmann::json& item : value) words += item.dump() + " ";
    return words;
  };
  const Recipe wanted = make_recipe("mindspore", "CUB", TrainMode::kFusion);
  Recipe recipe = make_recipe("gbu", "CUB", TrainMode::kFusion);
  std::map<std::string, std::string> fields;
  const nlohmann::json json = nlohmann::json::parse(wanted.to_json());
  for (auto item = json.begin(); item != json.end(); ++item) {
    if (item.key() != "name") fields[item.key()] = text_of(item.value());
  }
  std::vector<std::string> known = recipe.fields();
  fields["hub_correction"] = "none";  // which JSON leaves out, as networks have it
  EXPECT_EQ(known.size(), fields.size());
  for (const std::string& field : known) EXPECT_TRUE(fields.contains(field)) << field;
  recipe.set(fields);
  recipe.name = wanted.name;
  EXPECT_EQ(recipe.to_json(), wanted.to_json());
}

// Each name is the member of that name: nothing here has the value that the recipe had.
TEST(RecipeFields, SetsTheMemberOfTheName) {
  Recipe recipe = make_recipe("mindspore", "AwA", TrainMode::kAttribute);
  const NetworkRecipe before = *recipe.network;
  recipe.set({{"hidden_dim", "11"},
              {"hidden_activation", "tanh"},
              {"input_gains", "2.5"},
              {"init", "truncated_normal"},
              {"init_sigma", "0.3 0.4"},
              {"initial_bias", "0.25"},
              {"output_bias", "mean"},
              {"l2_penalty", "1e-3 2e-3"},
              {"loss_includes_l2", "true"},
              {"clip_norm", "0.75"},
              {"learning_rate", "+0.5"},
              {"beta1", "0.125"},
              {"beta2", "0.375"},
              {"epsilon", "1e-4"},
              {"precision", "bf16"},
              {"batch_size", "13"},
              {"num_epochs", "17"},
              {"max_steps", "19"},
              {"drop_last", "false"},
              {"shuffle", "false"},
              {"evaluation_interval", "23"},
              {"float16_unseen_embeddings", "false"},
              {"gamma", "0.5"},
              {"feature_scaling", "standard"},
              {"metric", "cosine"},
              {"selection", "val"},
              {"selection_by", "H"},
              {"selection_folds", "5"},
              {"selection_threshold", "0.625"}});
  const NetworkRecipe& network = *recipe.network;
  EXPECT_EQ(network.hidden_dim, 11);
  EXPECT_EQ(network.hidden_activation, Activation::kTanh);
  EXPECT_EQ(network.input_gains, (Floats{2.5f}));
  EXPECT_EQ(network.init, InitKind::kTruncatedNormal);
  EXPECT_EQ(network.init_sigma, (Doubles{0.3, 0.4}));
  EXPECT_EQ(network.initial_bias, 0.25);
  EXPECT_EQ(network.output_bias, OutputBias::kMean);
  EXPECT_EQ(network.l2_penalty, (Doubles{1e-3, 2e-3}));
  EXPECT_TRUE(network.loss_includes_l2);
  EXPECT_EQ(network.clip_norm, 0.75);
  EXPECT_EQ(network.learning_rate, 0.5);
  EXPECT_EQ(network.beta1, 0.125);
  EXPECT_EQ(network.beta2, 0.375);
  EXPECT_EQ(network.epsilon, 1e-4);
  EXPECT_EQ(network.precision, Precision::kBf16);
  EXPECT_EQ(network.batch_size, 13);
  EXPECT_EQ(network.num_epochs, 17);
  EXPECT_EQ(network.max_steps, 19);
  EXPECT_FALSE(network.drop_last);
  EXPECT_FALSE(network.shuffle);
  EXPECT_EQ(network.evaluation_interval, 23);
  EXPECT_FALSE(network.float16_unseen_embeddings);
  EXPECT_EQ(recipe.feature_scaling, ScalingKind::kStandard);
  EXPECT_EQ(recipe.gamma.value, 0.5);
  EXPECT_EQ(recipe.metric, Metric::kCosine);
  EXPECT_EQ(recipe.selection, Selection::kValidation);
  EXPECT_EQ(recipe.selection_threshold, 0.625);
  EXPECT_EQ(recipe.selection_by, SelectionBy::kH);
  EXPECT_EQ(recipe.selection_folds, 5);
  EXPECT_EQ(recipe.fields().size(), 30u);
  EXPECT_TRUE(before.float16_unseen_embeddings && before.drop_last && before.shuffle);
}

// H is of a model with a gamma, unless somebody wants another; test images go by accuracy, as the
// reference has it.
TEST(RecipeFields, WhatSelectionGoesBy) {
  const Recipe source = make_recipe("gbu", "AWA2", TrainMode::kAttribute);
  EXPECT_EQ(source.selection_by, SelectionBy::kT1);
  const auto with = [&](const std::map<std::string, std::string>& fields) {
    Recipe recipe = source;
    recipe.set(fields);
    return recipe;
  };
  EXPECT_EQ(with({{"selection_by", "H"}}).gamma.by, GammaChoice::By::kValidation);
  EXPECT_EQ(with({{"selection_by", "H"}, {"gamma", "none"}}).gamma.by, GammaChoice::By::kNone);
  EXPECT_EQ(with({{"selection_by", "H"}, {"gamma", "0.5"}}).gamma.value, 0.5);
  EXPECT_EQ(with({{"selection_by", "T1"}}).gamma.by, GammaChoice::By::kNone);
  EXPECT_EQ(with({{"selection", "test"}}).selection_by, SelectionBy::kAccuracy);
  EXPECT_EQ(with({{"selection", "val"}, {"selection_by", "accuracy"}}).selection_by,
            SelectionBy::kAccuracy);
  Recipe mindspore = make_recipe("mindspore", "AwA", TrainMode::kAttribute);
  EXPECT_EQ(mindspore.selection_by, SelectionBy::kAccuracy);
  mindspore.select(Selection::kValidation);
  EXPECT_EQ(mindspore.selection_by, SelectionBy::kT1);
}

TEST(RecipeFields, FieldsThatFollowOthersAreSetAfterThem) {
  Recipe recipe = make_recipe("gbu", "AWA2", TrainMode::kAttribute);
  EXPECT_EQ(recipe.network->max_steps, 1'000'000);
  recipe.set({{"num_epochs", "3"}});
  EXPECT_EQ(recipe.network->max_steps, 0);  // would end the run before, or go on behind it
  recipe.set({{"max_steps", "7"}, {"num_epochs", "4"}});
  EXPECT_EQ(recipe.network->max_steps, 7);
  recipe.set({{"l2_penalty", "0.5"}, {"hidden_dim", "0"}, {"init_sigma", "0.25"}});
  EXPECT_EQ(recipe.network->l2_penalty, (Doubles{0.5}));
  EXPECT_EQ(recipe.network->init_sigma, (Doubles{0.25}));
  recipe.set({{"hidden_dim", "9"}, {"l2_penalty", "1e-3,1e-2"}});
  EXPECT_EQ(recipe.network->l2_penalty, (Doubles{1e-3, 1e-2}));
  recipe.set({{"selection", "test"}});
  EXPECT_EQ(recipe.selection_threshold, -1.0);  // the best of all epochs
  recipe.set({{"selection_threshold", "0.5"}, {"selection", "test"}});
  EXPECT_EQ(recipe.selection_threshold, 0.5);
}

TEST(RecipeFields, RefusesTextsThatAreNoValues) {
  const auto message = [](const char* field, const char* text) -> std::string {
    Recipe recipe = make_recipe("gbu", "AWA2", TrainMode::kAttribute);
    const std::string before = recipe.to_json();
    try {
      recipe.set({{field, text}});
    } catch (const Error& error) {
      EXPECT_EQ(recipe.to_json(), before) << field;
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(message("learning_rate", "fast"),
            "recipe: learning_rate: expected a number, got \"fast\"");
  EXPECT_EQ(message("batch_size", "1.5"),
            "recipe: batch_size: expected a whole number, got \"1.5\"");
  EXPECT_EQ(message("batch_size", ""), "recipe: batch_size: expected a whole number, got \"\"");
  EXPECT_EQ(message("shuffle", "yes"), "recipe: shuffle: expected true or false, got \"yes\"");
  EXPECT_EQ(message("l2_penalty", "1 2 3"),
            "recipe: l2_penalty: expected one value, or 2, got \"1 2 3\"");
  EXPECT_EQ(message("metric", "manhattan"),
            "recipe: metric: expected euclidean, cosine or dot, got \"manhattan\"");
  EXPECT_EQ(message("init", "uniform"),
            "recipe: init: expected normal or truncated_normal, got \"uniform\"");
  EXPECT_EQ(message("hidden_activation", "gelu").substr(0, 40),
            "recipe: hidden_activation: expected relu");
  EXPECT_EQ(message("learning_rate", "+-1").substr(0, 23), "recipe: learning_rate: ");
  EXPECT_EQ(message("lambda", "1").substr(0, 47),
            "recipe gbu: expected one of its fields (hidden_");
}

}  // namespace
}  // namespace dem
