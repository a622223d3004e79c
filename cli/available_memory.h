// Memory that this process and its children can take.
#pragma once

#include "dem/base/types.h"

namespace dem::cli {

// Bytes: what the system says is available, less where a control group allows less; 0 where neither
// says.
[[nodiscard]] Index available_memory();

}  // namespace dem::cli
