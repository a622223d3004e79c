// What the library calls by its fields, in the words of the command line.
#pragma once

#include <string>
#include <string_view>

namespace dem::cli {

// A message of the library with the options that its words stand for: "max_seconds: expected ..."
// is
// "--max-seconds: expected ...", and "missing features zero takes it as 0" is "--missing-features
// zero takes it as 0".
[[nodiscard]] std::string with_option_words(std::string_view message);

}  // namespace dem::cli
