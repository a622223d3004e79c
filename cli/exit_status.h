// What the program's exit status says about an error.
#pragma once

#include "dem/base/error.h"

namespace dem::cli {

// 1 internal, 2 usage, 3 data, 4 numerical.
[[nodiscard]] int exit_status(ErrorKind kind) noexcept;

}  // namespace dem::cli
