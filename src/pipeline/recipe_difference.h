// In what two recipes differ, for messages.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace dem {

// The fields and settings that differ, "learning_rate 0.1, lambda 3" each; of recipes of two names
// these alone. Empty where nothing differs.
struct RecipeDifference {
  std::string saved, wanted;
};

// Of recipes as Recipe::to_json() has them; the whole texts where one is not such.
[[nodiscard]] RecipeDifference recipe_difference(const std::string& saved,
                                                 const std::string& wanted,
                                                 std::initializer_list<std::string_view> but = {});

}  // namespace dem
