#include "base/file_pattern.h"

#include <glob.h>

#include <memory>
#include <string_view>

namespace dem {

std::vector<std::string> files_matching(const std::string& pattern) {
  glob_t found = {};
  const int status = glob(pattern.c_str(), 0, nullptr, &found);
  const std::unique_ptr<glob_t, decltype(&globfree)> owner(&found, globfree);
  if (status != 0) return {};
  return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

std::string pattern_of(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern;
}

}  // namespace dem
