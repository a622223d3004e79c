#include "pipeline/recipe_difference.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/text.h"

namespace dem {
namespace {

using Fields = std::map<std::string, std::string>;

// Settings stand beside fields.
Fields fields_of(const nlohmann::json& recipe) {
  Fields fields;
  for (const auto& [name, value] : recipe.items()) {
    if (name != "settings" || !value.is_object()) {
      fields[name] = value.dump();
      continue;
    }
    for (const auto& [setting, text] : value.items()) fields[setting] = text.dump();
  }
  return fields;
}

std::string text_of(const Fields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return concat(name, ' ', found == fields.end() ? "none" : found->second);
}

std::set<std::string> names_in(const Fields& a, const Fields& b) {
  std::set<std::string> names;
  for (const Fields* fields : {&a, &b}) {
    for (const auto& [name, unused] : *fields) names.insert(name);
  }
  return names;
}

}  // namespace

RecipeDifference recipe_difference(const std::string& saved,
                                   const std::string& wanted,
                                   std::initializer_list<std::string_view> but) {
  const auto before = nlohmann::json::parse(saved, nullptr, false);
  const auto now = nlohmann::json::parse(wanted, nullptr, false);
  if (!before.is_object() || !now.is_object()) {
    return saved == wanted ? RecipeDifference{} : RecipeDifference{saved, wanted};
  }
  const Fields a = fields_of(before), b = fields_of(now);
  std::vector<std::string> in_saved, in_wanted;
  const auto add_where_different = [&](const std::string& name) {
    if (text_of(a, name) == text_of(b, name)) return;
    in_saved.push_back(text_of(a, name));
    in_wanted.push_back(text_of(b, name));
  };
  add_where_different("name");
  const bool is_of_one_name = in_saved.empty();
  for (const std::string& name : is_of_one_name ? names_in(a, b) : std::set<std::string>()) {
    if (std::find(but.begin(), but.end(), name) == but.end()) add_where_different(name);
  }
  return {join(in_saved), join(in_wanted)};
}

}  // namespace dem
