#include "recipe_options.h"

#include <algorithm>
#include <utility>

#include "common.h"

namespace dem::cli {

void add_recipe_options(CLI::App& app, RecipeOptions& options) {
  const std::string group = "Recipe";
  const auto add = [&](const char* name, auto& target, const char* help) {
    app.add_option(name, target, help)->group(group);
  };
  std::string recipes;
  for (const RecipeEntry& entry : recipe_entries()) {
    recipes +=
        (recipes.empty() ? "" : "; ") + std::string(entry.name) + ": " + std::string(entry.summary);
  }
  app.add_option("--recipe", options.recipe, recipes)->group(group);
  app.add_option(
         "--set",
         options.settings,
         "NAME=VALUE: a setting of a recipe that learns at once (lambda=0.1), any number of "
         "times; docs/recipes.md has the names")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  add("--epoch-size", options.num_epochs, "Epochs");
  add("--max-steps", options.max_steps, "Stop after so many steps; 0: no such limit");
  add("--batch-size", options.batch_size, "Images a step");
  add("--learning-rate", options.learning_rate, "Adam's step size");
  add("--beta1", options.beta1, "Adam's decay of the first moment");
  add("--weight-decay", options.weight_decay, "L2 penalty of every layer");
  add("--clip", options.clip, "Largest global norm of the gradient; 0: no limit");
  add("--precision",
      options.precision,
      "Of a step's products: float32, or bf16 where the processor has it (AVX512_BF16)");
  add("--hidden-dim", options.hidden_dim, "Width of the hidden layer; 0: none (one input only)");
  add("--feature-scaling",
      options.feature_scaling,
      "none, minmax, standard or l2, fitted on training rows");
  add("--output-bias", options.output_bias, "First output bias: recipe, zero or mean (feature)");
  add("--metric", options.metric, "euclidean, cosine or dot");
  add("--select",
      options.select,
      "Weights to keep: last, val (epochs found on held-out seen classes) or test (the "
      "reference's way; optimistic)");
  add("--evaluation-interval",
      options.evaluation_interval,
      "Steps between evaluations; 0: every epoch");
  auto* no_shuffle =
      app.add_flag("--no-shuffle", options.no_shuffle, "Batches are rows in file order");
  no_shuffle->group(group);
  app.add_flag("--shuffle", options.shuffle, "A new order every epoch (as all recipes have it)")
      ->group(group)
      ->excludes(no_shuffle);
}

namespace {

// Settings by name, and of the other options those that every recipe has.
Recipe resolve_settings(const RecipeOptions& options, Recipe recipe) {
  for (const std::string& text : options.settings) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::kInvalidArgument, "--set: expected NAME=VALUE, got " + text);
    }
    recipe.set(text.substr(0, equals), text.substr(equals + 1));
  }
  if (options.select) recipe.select(selection_from_string(*options.select));
  return recipe;
}

// Options that change a network's training, as they were given.
std::string given_network_option(const RecipeOptions& options) {
  const std::pair<bool, const char*> all[] = {
      {options.learning_rate.has_value(), "--learning-rate"},
      {options.weight_decay.has_value(), "--weight-decay"},
      {options.clip.has_value(), "--clip"},
      {options.beta1.has_value(), "--beta1"},
      {options.batch_size.has_value(), "--batch-size"},
      {options.num_epochs.has_value(), "--epoch-size"},
      {options.max_steps.has_value(), "--max-steps"},
      {options.hidden_dim.has_value(), "--hidden-dim"},
      {options.evaluation_interval.has_value(), "--evaluation-interval"},
      {options.output_bias.has_value(), "--output-bias"},
      {options.precision.has_value(), "--precision"},
      {options.no_shuffle, "--no-shuffle"},
      {options.shuffle, "--shuffle"}};
  for (const auto& [given, name] : all) {
    if (given) return name;
  }
  return "";
}

void refuse_network_options(const RecipeOptions& options, const Recipe& recipe) {
  const std::string option = given_network_option(options);
  if (option.empty()) return;
  std::string names;
  for (const auto& [name, value] : recipe.settings) names += (names.empty() ? "" : ", ") + name;
  throw Error(ErrorKind::kInvalidArgument,
              option + ": recipe " + recipe.name +
                  " trains no network in steps; its settings are " + names + " (--set NAME=VALUE)");
}

}  // namespace

Recipe resolve(const RecipeOptions& options, const DatasetOptions& dataset) {
  const std::string name = options.recipe.empty() ? default_recipe(dataset.layout) : options.recipe;
  Recipe recipe = make_recipe(name, dataset.name, dataset.train_mode);
  if (options.metric) recipe.metric = metric_from_string(*options.metric);
  if (options.feature_scaling) {
    recipe.feature_scaling = scaling_kind_from_string(*options.feature_scaling);
  }
  if (learns_at_once(recipe)) {
    refuse_network_options(options, recipe);
    return resolve_settings(options, std::move(recipe));
  }
  if (!options.settings.empty()) recipe.set(options.settings[0], "");  // it has none, and says so
  const auto set = [](auto& field, const auto& option) {
    if (option) field = *option;
  };
  set(recipe.learning_rate, options.learning_rate);
  set(recipe.beta1, options.beta1);
  set(recipe.clip_norm, options.clip);
  set(recipe.batch_size, options.batch_size);
  if (options.hidden_dim) recipe.set_hidden_dim(*options.hidden_dim);
  set(recipe.evaluation_interval, options.evaluation_interval);
  if (options.num_epochs) {
    recipe.num_epochs = *options.num_epochs;
    recipe.max_steps = 0;  // the recipe's own limit gives way
  }
  set(recipe.max_steps, options.max_steps);
  if (options.weight_decay) {
    std::fill(recipe.l2_penalty.begin(), recipe.l2_penalty.end(), *options.weight_decay);
  }
  if (options.select) recipe.select(selection_from_string(*options.select));
  if (options.output_bias) recipe.output_bias = output_bias_from_string(*options.output_bias);
  if (options.precision) recipe.precision = precision_from_string(*options.precision);
  if (options.no_shuffle) recipe.shuffle = false;
  return recipe;
}

}  // namespace dem::cli
