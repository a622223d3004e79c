// Files by a pattern.
#pragma once

#include <string>
#include <vector>

namespace dem {

// Paths that a pattern of a shell fits (*, ?, [...]), in no order that means anything; empty where
// there are none.
[[nodiscard]] std::vector<std::string> files_matching(const std::string& pattern);

// The pattern that a path alone fits: what a pattern's signs are in it, they are signs no more.
[[nodiscard]] std::string pattern_of(const std::string& path);

}  // namespace dem
