// A file's bytes as memory.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace dem {

// Maps a whole regular file read-only. Throws Error{kIo} naming the path and the reason (missing,
// a directory, no permission). An empty file gives an empty span. The file must not
// be shortened meanwhile: the system ends a process that reads what is no longer there (SIGBUS).
class MappedFile {
 public:
  explicit MappedFile(std::string path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace dem
