// Bytes that come one after another: standard input, a pipe, a file.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace dem {

class SequentialFile {
 public:
  // "-" is standard input. Throws Error{kIo} naming the path and the reason.
  explicit SequentialFile(const std::string& path);
  ~SequentialFile();
  SequentialFile(const SequentialFile&) = delete;
  SequentialFile& operator=(const SequentialFile&) = delete;

  // "standard input" or the path, for messages.
  [[nodiscard]] const std::string& name() const { return name_; }
  // Fills `to` unless the end comes first; returns how many bytes came. Throws Error{kIo}, also
  // where a signal interrupts the waiting.
  std::size_t read(std::span<std::byte> to);

 private:
  std::string name_;
  int descriptor_;
  bool owned_;
};

// Whether `path` is "-" or a pipe or the like, which can be read only once and in order.
[[nodiscard]] bool is_sequential(const std::string& path);

}  // namespace dem
