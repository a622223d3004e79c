// Files by a pattern.
#pragma once

#include <string>
#include <vector>

namespace dem {

// Paths that a pattern of a shell fits (*, ?, [...]), in no order that means anything; empty where
// there are none.
[[nodiscard]] std::vector<std::string> files_matching(const std::string& pattern);

}  // namespace dem
