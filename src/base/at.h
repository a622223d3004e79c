// Index to the unsigned type that containers take.
#pragma once

#include <cstddef>

#include "dem/base/types.h"

namespace dem {

// vector[at(i)]; i is not negative.
[[nodiscard]] constexpr std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

}  // namespace dem
