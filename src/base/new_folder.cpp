#include "base/new_folder.h"

#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "base/writable_folder.h"
#include "dem/base/error.h"

namespace dem {

namespace fs = std::filesystem;

NewFolder::NewFolder(std::string output, const std::string& name)
    : output_(std::move(output)),
      final_(concat(output_, "/", name)),
      data_path_(concat(output_, "/.", name, ".partial")),
      partial_(concat(data_path_, "/", name)) {
  std::error_code ignored;
  is_new_ = !fs::exists(output_, ignored);
  fs::remove_all(data_path_, ignored);  // of one that was ended
  make_folder(partial_);
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  fs::remove_all(data_path_, ignored);
  if (is_new_) fs::remove(output_, ignored);  // where it is empty
}

void NewFolder::commit() const {
  std::error_code error;
  fs::rename(partial_, final_, error);
  if (error) {
    throw Error(ErrorKind::kIo, concat(final_, ": cannot be written: ", error.message()));
  }
}

}  // namespace dem
