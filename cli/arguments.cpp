#include "arguments.h"

#include <algorithm>

#include "dem/base/error.h"

namespace dem::cli {

std::vector<std::string> normalised_arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    if (argument.rfind("--", 0) != 0) continue;
    const auto name_end = std::find(argument.begin(), argument.end(), '=');
    std::replace(argument.begin(), name_end, '_', '-');
    if (name_end != argument.end() && name_end + 1 == argument.end()) {
      throw Error(ErrorKind::kInvalidArgument, argument + ": expected a value, got none");
    }
  }
  return arguments;
}

}  // namespace dem::cli
