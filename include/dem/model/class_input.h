// One semantic space that a map of class descriptions takes.
#pragma once

#include <string>

#include "dem/base/types.h"

namespace dem {

struct ClassInput {
  std::string space;  // "attribute", "word", ...
  Index dim = 0;      // embedding_dim
};

}  // namespace dem
