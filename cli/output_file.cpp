#include "output_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "dem/dem.h"

namespace dem::cli {
namespace {

namespace fs = std::filesystem;

void require_access(const fs::path& path, int mode, const std::string& what) {
  if (::access(path.c_str(), mode) == 0) return;
  throw Error(ErrorKind::kIo, what + ": cannot be written: " + std::strerror(errno));
}

}  // namespace

CLI::Validator some_name() {
  return {[](std::string& text) -> std::string {
            return text.empty() ? "expected a name, got none" : "";
          },
          ""};
}

void require_output_file(const std::string& option, const std::string& path) {
  const std::string what = option + " " + path;
  std::error_code none;
  if (fs::is_directory(path, none)) {
    throw Error(ErrorKind::kIo, what + ": expected a file, got a folder");
  }
  const bool is_device = fs::exists(path, none) && !fs::is_regular_file(path, none);
  if (is_device) return require_access(path, W_OK, what);
  const fs::path folder = fs::path(path).parent_path();
  require_access(folder.empty() ? fs::path(".") : folder, W_OK | X_OK, what);
}

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code none;
  const auto whole = [&](const std::string& path) {
    return fs::weakly_canonical(fs::absolute(path, none), none);
  };
  return whole(a) == whole(b);
}

}  // namespace dem::cli
