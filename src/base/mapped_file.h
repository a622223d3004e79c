// A file's bytes as memory.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/positioned_file.h"

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

  [[nodiscard]] const std::string& path() const { return file_.path(); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, file_.size()}; }
  // The same file, to read parts of it without mapping them.
  [[nodiscard]] const PositionedFile& file() const { return file_; }
  // Gives back the memory of pages that were looked at; they are read again where needed.
  void release_pages() const noexcept;

 private:
  PositionedFile file_;
  const std::byte* data_ = nullptr;
};

}  // namespace dem
