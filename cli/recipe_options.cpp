#include "recipe_options.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

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

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool has_field(const Recipe& recipe, const std::string& field) {
  const std::vector<std::string> known = recipe.fields();
  return std::find(known.begin(), known.end(), field) != known.end();
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

std::string recipe_name(const RecipeOptions& options,
                        const SettingsFile& file,
                        std::string_view layout) {
  if (file.recipe.empty()) {
    return options.recipe.empty() ? default_recipe(layout) : options.recipe;
  }
  if (options.recipe.empty() || options.recipe == file.recipe) return file.recipe;
  throw Error(ErrorKind::kInvalidArgument,
              "--recipe: expected " + file.recipe + ", whose settings --settings " + options.file +
                  " has, got " + options.recipe);
}

// The recipe of a run, and who chose it.
struct ChosenRecipe {
  const Recipe& recipe;
  std::string_view layout;
  bool by_default;  // nobody did: it is the layout's
};

// The one that was meant may be another one.
void require_known(const ChosenRecipe& chosen, const std::string& field, const std::string& where) {
  const Recipe& recipe = chosen.recipe;
  if (has_field(recipe, field)) return;
  const std::string others = recipes_with_field(field, chosen.layout);
  throw Error(ErrorKind::kInvalidArgument,
              where + ": " + recipe_phrase(recipe.name, chosen.by_default, chosen.layout) +
                  " has no " + field +
                  (others.empty() ? "; its fields are " + listed(recipe.fields())
                                  : "; recipes that have it: " + others));
}

void add_settings(const RecipeOptions& options, RecipeChoices& choices) {
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
}

// A field that another one changes: given by a file, it gives way to an option of the other.
constexpr struct {
  const char* field;
  const char* leader;
} kFollowers[] = {{"max_steps", "num_epochs"}, {"selection_threshold", "selection"}};

bool gives_way(const std::string& field, const std::map<std::string, std::string>& given) {
  return std::any_of(std::begin(kFollowers), std::end(kFollowers), [&](const auto& follower) {
    return field == follower.field && given.contains(follower.leader);
  });
}

[[noreturn]] void refuse_batch(const std::string& where, const std::string& images) {
  throw Error(ErrorKind::kInvalidArgument,
              where + ": expected --batch-size with it, the images of one process, since the " +
                  images + " of the run are those of all together, got none");
}

// What no option gives. A run's batch is that of all its processes, an option's that of one.
void add_file(const std::string& path,
              const SettingsFile& file,
              const ChosenRecipe& chosen,
              RecipeChoices& choices) {
  const std::string where = "--settings " + path;
  const std::map<std::string, std::string> given = choices.fields;
  for (const auto& [field, text] : file.fields) {
    require_known(chosen, field, where);
    if (gives_way(field, given) || !choices.fields.emplace(field, text).second) continue;
    if (file.of_run && choices.processes > 1 && field == "batch_size") refuse_batch(where, text);
  }
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

RecipeChoices choices_of(const RecipeOptions& options, std::string_view layout, Index processes) {
  const SettingsFile file =
      options.file.empty() ? SettingsFile{} : read_settings_file(options.file);
  RecipeChoices choices;
  choices.recipe = recipe_name(options, file, layout);
  choices.processes = processes;
  const Recipe recipe = make_recipe(choices.recipe, "", TrainMode::kAttribute);
  const bool by_default = options.recipe.empty() && file.recipe.empty();
  const ChosenRecipe chosen{recipe, layout, by_default};
  for (const auto& [field, given] : options.fields) {
    require_known(chosen, field, given.option);
    choices.fields[field] = given.text;
  }
  add_settings(options, choices);
  for (const auto& [field, text] : choices.fields) {  // what is left is of --set
    require_known(chosen, field, "--set " + field);
  }
  add_file(options.file, file, chosen, choices);
  return choices;
}

}  // namespace dem::cli
