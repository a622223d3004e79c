// THE place to add a family of recipes: a line in kFamilies (and its declaration in families.h).
#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "learn/families.h"

namespace dem {
namespace {

// Help lists recipes in this order.
constexpr std::span<const RecipeEntry> (*kFamilies[])() = {
    kernel_recipes,
    dem_recipes,
    linear_recipes,
    whitened_recipes,
    cnzsl_recipes,
    class_vector_recipes,
};

// Of those that suit, the layout's own, else the first that is for any.
template <typename Suits>
std::string default_among(std::string_view layout, Suits&& suits) {
  std::string_view any;
  for (const RecipeEntry& entry : recipe_entries()) {
    if (!suits(entry)) continue;
    if (!layout.empty() && entry.default_for == layout) return std::string(entry.name);
    if (entry.default_for == "*" && any.empty()) any = entry.name;
  }
  return std::string(any);
}

}  // namespace

std::span<const RecipeEntry> recipe_entries() {
  static const std::vector<RecipeEntry> all = [] {
    std::vector<RecipeEntry> entries;
    for (const auto family : kFamilies) {
      const auto recipes = family();
      entries.insert(entries.end(), recipes.begin(), recipes.end());
    }
    return entries;
  }();
  return all;
}

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const RecipeEntry& entry : recipe_entries()) names.emplace_back(entry.name);
  return names;
}

std::string default_recipe(std::string_view layout) {
  return default_among(layout, [](const RecipeEntry&) { return true; });
}

std::string default_network_recipe(std::string_view layout) {
  return default_among(layout, [](const RecipeEntry& entry) { return entry.learn == nullptr; });
}

Recipe for_processes(Recipe recipe, Index processes, bool keeps_learning_rate) {
  if (processes < 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("processes: expected at least 1, got ", processes));
  }
  recipe.validate();
  if (!recipe.network) return recipe;
  if (recipe.network->batch_size > std::numeric_limits<Index>::max() / processes) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("batch_size: expected one that ",
                       processes,
                       " processes can have, got ",
                       recipe.network->batch_size));
  }
  recipe.network->batch_size *= processes;
  const RecipeEntry* entry = find_recipe(recipe.name);
  const double factor = entry == nullptr ? 1.0 : entry->learning_rate_of_groups;
  if (processes == 1 || keeps_learning_rate || factor == 1.0) return recipe;
  recipe.network->learning_rate *= factor;
  log(LogLevel::kInfo,
      concat("learning rate times ", factor, ", as the reference has it on several devices"));
  return recipe;
}

const RecipeEntry* find_recipe(std::string_view name) noexcept {
  const auto entries = recipe_entries();
  const auto found = std::find_if(
      entries.begin(), entries.end(), [&](const RecipeEntry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

bool learns_at_once(const Recipe& recipe) noexcept {
  const RecipeEntry* entry = find_recipe(recipe.name);
  return entry != nullptr && entry->learn != nullptr;
}

MissingDescriptions missing_descriptions_of(std::string_view recipe) noexcept {
  const RecipeEntry* entry = find_recipe(recipe);
  const bool fills = entry != nullptr && entry->fills_missing;
  return fills ? MissingDescriptions::kAuto : MissingDescriptions::kKeep;
}

bool takes_original_attributes(std::string_view recipe) noexcept {
  const RecipeEntry* entry = find_recipe(recipe);
  return entry != nullptr && entry->takes_original_attributes;
}

Recipe make_recipe(std::string_view name, std::string_view dataset_name, TrainMode mode) {
  const RecipeEntry* entry = find_recipe(name);
  if (entry == nullptr) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("recipe: expected one of ", join(recipe_names()), ", got \"", name, "\""));
  }
  Recipe recipe = entry->make(dataset_name, mode);
  recipe.name = name;
  return recipe;
}

}  // namespace dem
