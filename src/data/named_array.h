// Arrays of a file by the names that people give them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/array_access.h"

namespace dem {

// The array with one of these names (the first that is there), else the only array of the file or
// its only numeric one. Throws Error{kFormat} listing the arrays of a file that holds several, or
// none.
[[nodiscard]] ArrayRef named_or_only(ArrayFile& file, std::span<const std::string_view> names);

// Name and strings of the array with one of these names (the first that is there), text or whole
// numbers along one axis.
[[nodiscard]] std::optional<std::pair<std::string, std::vector<std::string>>> strings_named(
    ArrayFile& file, std::span<const std::string_view> names);

// The headings over the columns of numbers in a file of text; empty where there are none.
[[nodiscard]] std::vector<std::string> headings_of(ArrayFile& file);

}  // namespace dem
