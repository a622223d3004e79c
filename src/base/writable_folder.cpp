#include "base/writable_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

fs::path absolute_of(const std::string& folder) {
  const fs::path normal = fs::path(folder).lexically_normal();
  return normal.is_relative() ? fs::path(".") / normal : normal;
}

// Those of the folder and its ancestors that are not there, outermost first.
std::vector<fs::path> missing_of(fs::path at) {
  std::vector<fs::path> missing;
  std::error_code problem;
  while (!fs::exists(at, problem) && at.has_parent_path() && at != at.parent_path()) {
    if (at.has_filename()) missing.insert(missing.begin(), at);
    at = at.parent_path();
  }
  return missing;
}

[[noreturn]] void refuse_folder(const std::string& folder, const fs::path& at) {
  throw Error(ErrorKind::kIo,
              concat(folder, ": cannot be written to: ", at.string(), ": ", std::strerror(errno)));
}

void try_file_in(const std::string& folder, const fs::path& at) {
  const std::string file = (at / concat("dem.tmp.", ::getpid())).string();
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) refuse_folder(folder, at);
  ::close(descriptor);
  ::unlink(file.c_str());
}

}  // namespace

void require_writable_folder(const std::string& folder) {
  const fs::path wanted = absolute_of(folder);
  const std::vector<fs::path> missing = missing_of(wanted);
  const fs::path there = missing.empty() ? wanted : missing.front().parent_path();
  std::error_code problem;
  if (!fs::is_directory(there, problem)) {
    throw Error(ErrorKind::kIo, concat(folder, ": expected a folder, got a file ", there.string()));
  }
  if (missing.empty()) return try_file_in(folder, there);
  if (::mkdir(missing.front().c_str(), 0700) != 0) {
    if (errno == EEXIST) return;  // another process has made it since
    refuse_folder(folder, there);
  }
  ::rmdir(missing.front().c_str());
}

std::vector<fs::path> make_folder(const std::string& folder) {
  std::vector<fs::path> missing = missing_of(absolute_of(folder));
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) {
    throw Error(ErrorKind::kIo, concat(folder, ": cannot be made: ", problem.message()));
  }
  return missing;
}

}  // namespace dem
