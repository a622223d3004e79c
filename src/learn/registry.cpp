// THE place to add a family of recipes: a line in kFamilies (and its declaration in families.h).
#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "learn/families.h"

namespace dem {
namespace {

constexpr std::span<const RecipeEntry> (*kFamilies[])() = {
    dem_recipes,
    linear_recipes,
};

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
