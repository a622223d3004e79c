#include "recipe_advice.h"

#include <algorithm>

#include "usage_error.h"

namespace dem::cli {
namespace {

template <typename Suits>
std::string listed_recipes(std::string_view layout, Suits&& suits) {
  std::vector<std::string> names;
  for (const RecipeEntry& entry : recipe_entries()) {
    if (suits(entry)) names.emplace_back(entry.name);
  }
  const auto network = std::find(names.begin(), names.end(), default_network_recipe(layout));
  if (network != names.end()) std::rotate(names.begin(), network, network + 1);
  std::string text;
  for (const std::string& name : names) {
    if (text.empty()) {
      text.append(name).append(" (--recipe ").append(name).append(")");
    } else {
      text.append(", ").append(name);
    }
  }
  return text;
}

}  // namespace

std::string recipe_phrase(std::string_view recipe, bool by_default, std::string_view layout) {
  const std::string phrase = "recipe " + std::string(recipe);
  return by_default ? phrase + ", the default of layout " + std::string(layout) + "," : phrase;
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

std::string recipes_with_field(std::string_view field, std::string_view layout) {
  return listed_recipes(layout, [&](const RecipeEntry& entry) {
    return has_field(make_recipe(entry.name, "", TrainMode::kAttribute), std::string(field));
  });
}

std::string recipes_in_steps(std::string_view layout) {
  return listed_recipes(layout, [](const RecipeEntry& entry) { return entry.learn == nullptr; });
}

std::string expected_recipe(std::string_view typed, std::string_view besides) {
  const std::vector<std::string> names = recipe_names();
  return std::string("one of ")
      .append(listed(names))
      .append(besides)
      .append(", got \"")
      .append(typed)
      .append("\"")
      .append(suggestion(typed, names));
}

}  // namespace dem::cli
