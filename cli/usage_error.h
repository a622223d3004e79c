// What a mistyped command line is told.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace dem::cli {

// " (did you mean ridge?)", or "" where no known word is near.
[[nodiscard]] std::string suggestion(std::string_view typed, const std::vector<std::string>& known);

// The message for a command line that did not parse, with the option or command that was probably
// meant, and where to read more. `arguments` are those that were parsed, first to last.
[[nodiscard]] std::string usage_error(const CLI::App& program,
                                      const CLI::ParseError& error,
                                      const std::vector<std::string>& arguments);

}  // namespace dem::cli
