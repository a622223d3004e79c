#include "recipe_options.h"

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

template <typename Number>
CLI::Validator is_number(const char* expected) {
  return {[expected](const std::string& text) {
            Number number{};
            if (CLI::detail::lexical_cast(text, number)) return std::string();
            return std::string("expected ") + expected + ", got " + text;
          },
          ""};
}

CLI::Option* add_field(CLI::App& app, const FieldOption& field, RecipeOptions& options) {
  auto* option = app.add_option_function<std::string>(
      field.option,
      [&options, name = field.field](const std::string& text) { options.fields[name] = text; },
      field.help);
  const std::string_view type = field.type;
  if (type == "INT") option->check(is_number<Index>("a whole number"));
  if (type == "FLOAT") option->check(is_number<double>("a number"));
  return option->type_name(field.type);
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
      [&options] { options.fields["shuffle"] = "false"; },
      "Batches are rows in file order");
  no_shuffle->group(group);
  app.add_flag_callback(
         "--shuffle",
         [&options] { options.fields["shuffle"] = "true"; },
         "A new order every epoch (as all recipes have it)")
      ->group(group)
      ->excludes(no_shuffle);
}

RecipeChoices choices_of(const RecipeOptions& options) {
  RecipeChoices choices{.recipe = options.recipe, .fields = options.fields};
  for (const std::string& text : options.settings) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::kInvalidArgument, "--set: expected NAME=VALUE, got " + text);
    }
    const std::string name = text.substr(0, equals);
    if (choices.fields.emplace(name, text.substr(equals + 1)).second) continue;
    throw Error(ErrorKind::kInvalidArgument, "--set: expected " + name + " once, got it twice");
  }
  return choices;
}

}  // namespace dem::cli
