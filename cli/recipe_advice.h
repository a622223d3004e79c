// Which recipe to name, where the one that is taken cannot do what was asked.
#pragma once

#include <string>
#include <string_view>

namespace dem::cli {

// "recipe auto, the default of layout gbu," or "recipe ridge".
[[nodiscard]] std::string recipe_phrase(std::string_view recipe,
                                        bool by_default,
                                        std::string_view layout);

// The recipes that have a field, that of the layout's networks first: "gbu (--recipe gbu), ridge";
// "" where none has it.
[[nodiscard]] std::string recipes_with_field(std::string_view field, std::string_view layout);

// Those that train a network in steps, likewise.
[[nodiscard]] std::string recipes_in_steps(std::string_view layout);

}  // namespace dem::cli
