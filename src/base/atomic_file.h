// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace dem {

// Writes to a temporary name beside `path`; commit() flushes to disk and renames. Destroyed without
// commit() it removes the temporary file and leaves `path` as it was. Every failure throws
// Error{kIo} naming `path` and the system's reason. A device or a pipe is
// written to as it is.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* bytes, std::size_t size);
  void write(std::string_view text) { write(text.data(), text.size()); }
  template <typename T>
  void write(std::span<const T> values) {
    write(values.data(), values.size_bytes());
  }
  // Where the temporary file lies, for writers that open it themselves (HDF5).
  [[nodiscard]] const std::string& temporary_path() const { return temporary_; }
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;
  void flush();

  std::string path_;
  std::string temporary_;
  bool in_place_ = false;
  int descriptor_ = -1;
  std::string buffer_;
};

// The whole text written atomically.
void write_file_atomically(const std::string& path, std::string_view text);

}  // namespace dem
