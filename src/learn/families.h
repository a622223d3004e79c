// A line a family.
#pragma once

#include "dem/learn/family.h"

namespace dem {

[[nodiscard]] std::span<const RecipeEntry> class_vector_recipes();  // vectors/: nothing learned
[[nodiscard]] std::span<const RecipeEntry> cnzsl_recipes();     // cnzsl/: class-normalised cosines
[[nodiscard]] std::span<const RecipeEntry> dem_recipes();       // dem/: networks, trained in steps
[[nodiscard]] std::span<const RecipeEntry> kernel_recipes();    // kernel/: kernel prototypes
[[nodiscard]] std::span<const RecipeEntry> linear_recipes();    // linear/: closed forms
[[nodiscard]] std::span<const RecipeEntry> whitened_recipes();  // kernel/: whitened and gp

}  // namespace dem
