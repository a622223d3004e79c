// The command line as it was typed, in one spelling.
#pragma once

#include <string>
#include <vector>

namespace dem::cli {

// Option names spelt with underscores, as the reference has them (--data_path, --data_path=D), with
// dashes; values are left alone. Without the program's name. Throws Error{kInvalidArgument} for
// "--name=" without a value, which the parser would fill with the next argument.
[[nodiscard]] std::vector<std::string> normalised_arguments(int argc, char** argv);

}  // namespace dem::cli
