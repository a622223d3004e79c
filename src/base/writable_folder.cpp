#include "base/writable_folder.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

void require_writable_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  fs::path at = fs::path(folder).lexically_normal();
  if (at.is_relative()) at = fs::path(".") / at;
  std::error_code problem;
  while (!fs::exists(at, problem) && at.has_parent_path() && at != at.parent_path()) {
    at = at.parent_path();
  }
  if (!fs::is_directory(at, problem)) {
    throw Error(ErrorKind::kIo, concat(folder, ": expected a folder, got a file ", at.string()));
  }
  if (::access(at.c_str(), W_OK | X_OK) == 0) return;
  throw Error(ErrorKind::kIo,
              concat(folder, ": cannot be written to: ", at.string(), ": ", std::strerror(errno)));
}

void make_folder(const std::string& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    throw Error(ErrorKind::kIo, concat(folder, ": cannot be made: ", problem.message()));
  }
}

}  // namespace dem
