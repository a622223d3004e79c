#include "recipe_options.h"

#include <algorithm>
#include <utility>

#include "common.h"

namespace dem::cli {
namespace {

struct FieldOption {
  const char* option;
  const char* type;
  const char* field;
  const char* help;
};

constexpr FieldOption kFields[] = {
    {"--epoch-size", "INT", "num_epochs", "Epochs"},
    {"--max-steps", "INT", "max_steps", "Stop after so many steps; 0: no such limit"},
    {"--batch-size", "INT", "batch_size", "Images a step"},
    {"--learning-rate", "FLOAT", "learning_rate", "Adam's step size"},
    {"--beta1", "FLOAT", "beta1", "Adam's decay of the first moment"},
    {"--weight-decay", "FLOAT", "l2_penalty", "L2 penalty of every layer"},
    {"--clip", "FLOAT", "clip_norm", "Largest global norm of the gradient; 0: no limit"},
    {"--precision",
     "TEXT",
     "precision",
     "Of a step's products: float32, or bf16 where the processor has it (AVX512_BF16)"},
    {"--hidden-dim", "INT", "hidden_dim", "Width of the hidden layer; 0: none (one input only)"},
    {"--feature-scaling",
     "TEXT",
     "feature_scaling",
     "none, minmax, standard or l2, fitted on training rows"},
    {"--output-bias", "TEXT", "output_bias", "First output bias: recipe, zero or mean (feature)"},
    {"--metric", "TEXT", "metric", "euclidean, cosine or dot"},
    {"--gamma",
     "TEXT",
     "gamma",
     "Taken off the scores of seen classes: none, a number, or val (the best H on held-out seen "
     "classes; recipes that learn at once)"},
    {"--select",
     "TEXT",
     "selection",
     "Weights to keep: last, val (epochs found on held-out seen classes) or test (the "
     "reference's way; optimistic)"},
    {"--evaluation-interval",
     "INT",
     "evaluation_interval",
     "Steps between evaluations; 0: every epoch"},
};

std::string help_of_recipes() {
  std::string text;
  for (const RecipeEntry& entry : recipe_entries()) {
    text +=
        (text.empty() ? "" : "; ") + std::string(entry.name) + ": " + std::string(entry.summary);
  }
  return text;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// What the library says of a value for a field, "" where it takes it. The recipe is one that has
// all fields that have options.
std::string refusal(const char* field, const std::string& text) {
  try {
    make_recipe("gbu", "", TrainMode::kAttribute).set({{field, text}});
  } catch (const Error& error) {
    const std::string message = error.what();
    const auto expected = message.find("expected ");
    return expected == std::string::npos ? message : message.substr(expected);
  }
  return "";
}

CLI::Option* add_field(CLI::App& app, const FieldOption& field, RecipeOptions& options) {
  return app
      .add_option_function<std::string>(
          field.option,
          [&options, &field](const std::string& text) {
            options.fields[field.field] = {text, field.option};
          },
          field.help)
      ->check(CLI::Validator(
          [name = field.field](const std::string& text) { return refusal(name, text); }, ""))
      ->type_name(field.type);
}

}  // namespace

void add_recipe_options(CLI::App& app, RecipeOptions& options) {
  const std::string group = "Recipe";
  app.add_option("--recipe", options.recipe, help_of_recipes())->group(group);
  app.add_option("--set",
                 options.settings,
                 "NAME=VALUE: any field or setting of the recipe (lambda=0.1), any number of "
                 "times; docs/recipes.md has the names")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  for (const FieldOption& field : kFields) add_field(app, field, options)->group(group);
  auto* no_shuffle = app.add_flag_callback(
      "--no-shuffle",
      [&options] {
        options.fields["shuffle"] = {"false", "--no-shuffle"};
      },
      "Batches are rows in file order");
  no_shuffle->group(group);
  app.add_flag_callback(
         "--shuffle",
         [&options] {
           options.fields["shuffle"] = {"true", "--shuffle"};
         },
         "A new order every epoch (as all recipes have it)")
      ->group(group)
      ->excludes(no_shuffle);
}

RecipeChoices choices_of(const RecipeOptions& options, std::string_view layout) {
  RecipeChoices choices;
  choices.recipe = options.recipe.empty() ? default_recipe(layout) : options.recipe;
  const std::vector<std::string> known =
      make_recipe(choices.recipe, "", TrainMode::kAttribute).fields();
  for (const auto& [field, given] : options.fields) {
    if (std::find(known.begin(), known.end(), field) == known.end()) {
      throw Error(ErrorKind::kInvalidArgument,
                  given.option + ": recipe " + choices.recipe + " has no " + field +
                      "; its fields are " + listed(known));
    }
    choices.fields[field] = given.text;
  }
  for (const std::string& text : options.settings) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::kInvalidArgument, "--set: expected NAME=VALUE, got " + text);
    }
    const std::string name = text.substr(0, equals);
    if (choices.fields.emplace(name, text.substr(equals + 1)).second) continue;
    const auto before = options.fields.find(name);
    throw Error(ErrorKind::kInvalidArgument,
                "--set " + name + ": expected it once, got it twice" +
                    (before == options.fields.end() ? "" : ", with " + before->second.option));
  }
  return choices;
}

}  // namespace dem::cli
