// Reading a file at any place, and a scratch file that can be read so.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace dem {

// A regular file open for reading. What is read is copied, so that it does not stay in this
// process's memory as pages of a mapping do. Thread-safe.
class PositionedFile {
 public:
  // Throws Error{kIo} naming the path and the reason (missing, a directory, no permission).
  explicit PositionedFile(std::string path);
  ~PositionedFile();
  PositionedFile(const PositionedFile&) = delete;
  PositionedFile& operator=(const PositionedFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

  // Fills `to` with the bytes at `offset`. Throws Error{kIo} where the file ends before.
  void read(std::size_t offset, std::span<std::byte> to) const;
  // Asks the system to fetch these bytes in the meantime.
  void will_need(std::size_t offset, std::size_t bytes) const noexcept;

 protected:
  // Takes an open descriptor over.
  PositionedFile(std::string path, int descriptor)
      : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;  // for messages
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

// A file without a name in $TMPDIR or /tmp, which goes with this object, whatever ends the process.
class ScratchFile : public PositionedFile {
 public:
  // Throws Error{kIo}.
  ScratchFile();
  // Behind what was written before. Throws Error{kIo} where there is no room.
  void append(std::span<const std::byte> bytes);
};

}  // namespace dem
