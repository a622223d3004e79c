// Features that are no finite number, and what becomes of them.
#pragma once

#include <string_view>

#include "dem/linalg/matrix.h"

namespace dem {

enum class MissingFeatures {
  kRefuse,  // an error names the first one
  kZero,    // they become 0; in text also an empty cell, NA, N/A and n/a
};

// "refuse", "zero".
[[nodiscard]] std::string_view to_string(MissingFeatures missing) noexcept;
// Throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] MissingFeatures missing_features_from_string(std::string_view name);

// How many values became 0, in how many rows.
struct ZeroedFeatures {
  Index values = 0;
  Index rows = 0;
};

// Sets what is not finite to 0 and adds to the count.
void zero_missing(MatrixView<float> features, ZeroedFeatures& zeroed);

}  // namespace dem
