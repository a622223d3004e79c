#include "base/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

MappedFile::MappedFile(std::string path) : file_(std::move(path)) {
  if (file_.size() == 0) return;
  void* data = ::mmap(nullptr, file_.size(), PROT_READ, MAP_PRIVATE, file_.descriptor(), 0);
  if (data == MAP_FAILED) {
    throw Error(ErrorKind::kIo, concat(file_.path(), ": cannot be read: ", std::strerror(errno)));
  }
  data_ = static_cast<const std::byte*>(data);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), file_.size());
}

void MappedFile::release_pages() const noexcept {
  if (data_ != nullptr) ::madvise(const_cast<std::byte*>(data_), file_.size(), MADV_DONTNEED);
}

}  // namespace dem
