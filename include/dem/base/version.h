// The version of the library, as semantic versioning has it.
#pragma once

#include <string_view>

namespace dem {

// "MAJOR.MINOR.PATCH", the version of CMakeLists.txt.
[[nodiscard]] std::string_view version() noexcept;

}  // namespace dem
