#include "arguments.h"

#include <algorithm>

namespace dem::cli {

std::vector<std::string> normalised_arguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    if (argument.rfind("--", 0) != 0) continue;
    const auto name_end = std::find(argument.begin(), argument.end(), '=');
    std::replace(argument.begin(), name_end, '_', '-');
  }
  return arguments;
}

}  // namespace dem::cli
