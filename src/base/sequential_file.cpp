#include "base/sequential_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

SequentialFile::SequentialFile(const std::string& path)
    : name_(path == "-" ? "standard input" : path),
      descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      owned_(path != "-") {
  if (descriptor_ < 0) {
    throw Error(ErrorKind::kIo, concat(name_, ": cannot be read: ", std::strerror(errno)));
  }
}

SequentialFile::~SequentialFile() {
  if (owned_) ::close(descriptor_);
}

std::size_t SequentialFile::read(std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const ::ssize_t got = ::read(descriptor_, to.data() + done, to.size() - done);
    if (got < 0) {
      throw Error(ErrorKind::kIo, concat(name_, ": cannot be read: ", std::strerror(errno)));
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

bool is_sequential(const std::string& path) {
  struct stat status {};
  if (path == "-") return true;
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace dem
