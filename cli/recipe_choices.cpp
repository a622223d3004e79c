// What options and a file of settings come to together.
#include <algorithm>
#include <iterator>
#include <map>
#include <string>

#include "recipe_advice.h"
#include "recipe_options.h"

namespace dem::cli {
namespace {

std::string recipe_name(const RecipeOptions& options,
                        const SettingsFile& file,
                        std::string_view layout) {
  if (!options.recipe.empty() && find_recipe(options.recipe) == nullptr) {
    throw Error(ErrorKind::kInvalidArgument,
                "--recipe: expected " + expected_recipe(options.recipe));
  }
  if (!file.recipe.empty() && find_recipe(file.recipe) == nullptr) {
    throw Error(
        ErrorKind::kInvalidArgument,
        "--settings " + options.file + ": recipe: expected " + expected_recipe(file.recipe));
  }
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

}  // namespace

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
