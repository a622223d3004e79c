#include "base/new_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "base/text.h"
#include "base/writable_folder.h"
#include "dem/base/error.h"

namespace dem {

namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPartial = ".partial.";

bool holds_nothing(const std::string& folder) {
  std::error_code ignored;
  if (fs::is_symlink(folder, ignored) || !fs::is_directory(folder, ignored)) return false;
  const fs::directory_iterator entries(folder, ignored);
  return std::all_of(begin(entries), end(entries), [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return name.starts_with('.') && name.find(kPartial) != std::string::npos;
  });
}

}  // namespace

void require_new_or_empty(const std::string& what, const std::string& output) {
  std::error_code ignored;
  const std::string folder = output.ends_with('/') ? output.substr(0, output.size() - 1) : output;
  const fs::file_type type = fs::symlink_status(folder, ignored).type();
  if (type == fs::file_type::not_found || holds_nothing(folder)) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(what,
                     ": expected a new or empty folder, got ",
                     type == fs::file_type::symlink ? "a link, " : "",
                     '"',
                     output,
                     '"'));
}

NewFolder::NewFolder(const std::string& output, const std::string& name)
    : made_(make_folder(output)), final_(concat(output, "/", name)) {
  data_path_ = concat(output, "/.", name, kPartial, "XXXXXX");
  if (::mkdtemp(data_path_.data()) == nullptr) {
    throw Error(ErrorKind::kIo, concat(final_, ": cannot be made: ", std::strerror(errno)));
  }
  partial_ = concat(data_path_, "/", name);
  make_folder(partial_);
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  fs::remove_all(data_path_, ignored);
  // Those that are empty.
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) fs::remove(*folder, ignored);
}

void NewFolder::commit() const {
  std::error_code error;
  fs::rename(partial_, final_, error);
  if (error) {
    throw Error(ErrorKind::kIo, concat(final_, ": cannot be written: ", error.message()));
  }
}

}  // namespace dem
