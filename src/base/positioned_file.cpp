#include "base/positioned_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

Error failure(const std::string& path, const char* what, const char* why) {
  return Error(ErrorKind::kIo, concat(path, ": ", what, ": ", why));
}

}  // namespace

PositionedFile::PositionedFile(std::string path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) throw failure(path_, "cannot be read", std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw failure(path_, "cannot be read", "not a regular file");
  }
  size_ = static_cast<std::size_t>(status.st_size);
}

PositionedFile::~PositionedFile() {
  ::close(descriptor_);
}

void PositionedFile::read(std::size_t offset, std::span<std::byte> to) const {
  while (!to.empty()) {
    const ::ssize_t got = ::pread(descriptor_, to.data(), to.size(), static_cast<::off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      throw failure(path_, "cannot be read", std::strerror(errno));
    }
    if (got == 0) throw failure(path_, "cannot be read", "it has become shorter meanwhile");
    offset += static_cast<std::size_t>(got);
    to = to.subspan(static_cast<std::size_t>(got));
  }
}

void PositionedFile::will_need(std::size_t offset, std::size_t bytes) const noexcept {
  // Advice only: a failure changes nothing.
  static_cast<void>(::posix_fadvise(
      descriptor_, static_cast<::off_t>(offset), static_cast<::off_t>(bytes), POSIX_FADV_WILLNEED));
}

ScratchFile::ScratchFile() : PositionedFile("scratch file", -1) {
  const char* folder = std::getenv("TMPDIR");
  std::string name = concat(folder != nullptr && *folder != '\0' ? folder : "/tmp", "/dem.XXXXXX");
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) throw failure(name, "cannot be created", std::strerror(errno));
  ::unlink(name.c_str());
  path_ = concat("scratch file ", name);
}

void ScratchFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      throw failure(path_, "cannot be written", std::strerror(errno));
    }
    size_ += static_cast<std::size_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace dem
