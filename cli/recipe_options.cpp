#include "recipe_options.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "output_file.h"
#include "recipe_advice.h"

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
     "classes; recipes that learn at once, others with --select val)"},
    {"--hub-correction",
     "TEXT",
     "hub_correction",
     "Taken off the scores of classes near to many training classes: none, a weight (0.5), or val "
     "(found on held-out seen classes; recipes that learn at once, without a hub term or offsets "
     "of their own)"},
    {"--space-weights",
     "TEXT",
     "space_weights",
     "How much each semantic space counts, in their order: numbers, or val (found on held-out seen "
     "classes; recipes that learn at once)"},
    {"--select",
     "TEXT",
     "selection",
     "Weights to keep: last, val (epochs found on held-out seen classes) or test (the "
     "reference's way; optimistic)"},
    {"--select-by",
     "TEXT",
     "selection_by",
     "What --select val goes by: T1, H (with the gamma of the best H) or accuracy (mean over "
     "images)"},
    {"--select-folds",
     "INT",
     "selection_folds",
     "Runs of --select val, each with other seen classes held out; 0: the data's own validation "
     "classes, else three; 1: a fifth of the classes"},
    {"--evaluation-interval",
     "INT",
     "evaluation_interval",
     "Steps between evaluations; 0: every epoch"},
    {"--tune",
     "TEXT",
     "tune",
     "How much the recipes auto and kernel-prototypes try: quick, thorough, or none (their "
     "defaults)"},
};

std::string help_of_recipes() {
  std::string text;
  for (const RecipeEntry& entry : recipe_entries()) {
    text +=
        (text.empty() ? "" : "; ") + std::string(entry.name) + ": " + std::string(entry.summary);
  }
  return text;
}

// The first recipe that has a field.
Recipe recipe_with(const std::string& field) {
  for (const std::string& name : recipe_names()) {
    Recipe recipe = make_recipe(name, "", TrainMode::kAttribute);
    if (has_field(recipe, field)) return recipe;
  }
  throw Error(ErrorKind::kInternal, "no recipe has the field " + field);
}

// What the library says of a value for a field, "" where it takes it.
std::string refusal(const char* field, const std::string& text) {
  try {
    recipe_with(field).set({{field, text}});
  } catch (const Error& error) {
    const std::string message = error.what();
    const auto expected = message.find("expected ");
    return expected == std::string::npos ? message : message.substr(expected);
  }
  return "";
}

// A field's value in a recipe as its source has it.
std::string value_in(const Recipe& recipe, const std::string& field) {
  const auto setting = recipe.settings.find(field);
  if (setting != recipe.settings.end()) return setting->second;
  const auto json = nlohmann::json::parse(recipe.to_json());
  const auto found = json.find(field);
  return found == json.end() ? "none" : found->get<std::string>();
}

// "val (auto, gp), none (others)": a word's defaults by recipe.
std::string defaults_of(const std::string& field) {
  std::map<std::string, std::vector<std::string>> recipes;
  for (const std::string& name : recipe_names()) {
    const Recipe recipe = make_recipe(name, "", TrainMode::kAttribute);
    if (has_field(recipe, field)) recipes[value_in(recipe, field)].push_back(name);
  }
  if (recipes.size() == 1) return recipes.begin()->first;
  const auto most =
      std::max_element(recipes.begin(), recipes.end(), [](const auto& a, const auto& b) {
        return a.second.size() < b.second.size();
      });
  std::string text;
  for (const auto& [value, names] : recipes) {
    if (value != most->first) text += value + " (" + listed(names) + "), ";
  }
  return text + most->first + " (others)";
}

// Words, of which the help says the default; numbers differ too much.
bool shows_default(const std::string& field) {
  const std::vector<std::string> shown = {"feature_scaling", "gamma", "selection", "tune"};
  return std::find(shown.begin(), shown.end(), field) != shown.end();
}

CLI::Option* add_field(CLI::App& app, const FieldOption& field, RecipeOptions& options) {
  CLI::Option* option =
      app.add_option_function<std::string>(
             field.option,
             [&options, &field](const std::string& text) {
               options.fields[field.field] = {text, field.option};
             },
             field.help)
          ->check(CLI::Validator(
              [name = field.field](const std::string& text) { return refusal(name, text); }, ""))
          ->type_name(field.type);
  if (!shows_default(field.field)) return option;
  const std::string defaults = defaults_of(field.field);
  const bool is_word = defaults.find(' ') == std::string::npos;
  return is_word ? option->default_str(defaults)
                 : option->description(std::string(field.help) + "; by default " + defaults);
}

}  // namespace

void add_recipe_options(CLI::App& app, RecipeOptions& options) {
  const std::string group = "Recipe";
  app.add_option("--recipe",
                 options.recipe,
                 "By name, by default mindspore for layout dem, else auto. " + help_of_recipes())
      ->group(group);
  app.add_option("--set",
                 options.settings,
                 "NAME=VALUE: any field or setting of the recipe (lambda=0.1), any number of "
                 "times; docs/recipes.md has the names")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  app.add_option("--settings",
                 options.file,
                 "A JSON file of fields and settings by name, with or without a recipe, or the "
                 "summary.json of a run, whose recipe and choices are taken; options and --set win")
      ->type_name("FILE")
      ->check(some_name())
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

}  // namespace dem::cli
