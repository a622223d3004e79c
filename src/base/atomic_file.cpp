#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

// Unique in this process and, through the process number, on this machine.
std::string temporary_name(const std::string& path) {
  static std::atomic<int> counter{0};
  return concat(path, ".tmp.", ::getpid(), ".", counter.fetch_add(1));
}

// A device, a pipe: renaming a file into its place would destroy it.
bool is_special(const std::string& path) {
  struct ::stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), in_place_(is_special(path_)) {
  temporary_ = in_place_ ? path_ : temporary_name(path_);
  do {  // opening a pipe waits for its reader
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  } while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) fail("cannot be created");
  buffer_.reserve(kBufferBytes);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!in_place_) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* what) const {
  throw Error(ErrorKind::kIo, concat(path_, ": ", what, ": ", std::strerror(errno)));
}

void AtomicFile::flush() {
  const char* next = buffer_.data();
  std::size_t left = buffer_.size();
  while (left > 0) {
    const ::ssize_t written = ::write(descriptor_, next, left);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("cannot be written");
    }
    next += written;
    left -= static_cast<std::size_t>(written);
  }
  buffer_.clear();
}

void AtomicFile::write(const void* bytes, std::size_t size) {
  const char* next = static_cast<const char*>(bytes);
  while (size > 0) {
    const std::size_t room = kBufferBytes - buffer_.size();
    const std::size_t part = size < room ? size : room;
    buffer_.append(next, part);
    next += part;
    size -= part;
    if (buffer_.size() == kBufferBytes) flush();
  }
}

void AtomicFile::commit() {
  flush();
  if (!in_place_) {
    if (::fsync(descriptor_) != 0) fail("cannot be flushed to disk");
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be renamed into place");
  }
  ::close(descriptor_);
  descriptor_ = -1;
}

void write_file_atomically(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace dem
