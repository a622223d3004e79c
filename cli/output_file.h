// Files to write, looked at before the work.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace dem::cli {

// For options that name a file: refuses an empty name.
[[nodiscard]] CLI::Validator some_name();

// Throws Error{kIo} naming option and path where a file cannot be made there, as far as can be told
// without making it.
void require_output_file(const std::string& option, const std::string& path);

// Whether two paths lead to one file.
[[nodiscard]] bool is_same_file(const std::string& a, const std::string& b);

}  // namespace dem::cli
