// Bytes of a MAT v5 file on their way to disk.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"

namespace dem {

// Writes elements one after another into a temporary file; commit() puts it in place. Failures
// throw Error{kIo}.
class MatOutput {
 public:
  MatOutput(const std::string& path, bool compressed);
  ~MatOutput();
  MatOutput(const MatOutput&) = delete;
  MatOutput& operator=(const MatOutput&) = delete;

  // Bytes outside any element: the file's header.
  void write(std::string_view bytes);
  // One array: put() its `bytes` bytes in any number of pieces between begin and end.
  void begin_array(std::uint32_t bytes);
  void put(const void* bytes, std::size_t size);
  void end_array();
  void commit();

 private:
  void deflate_some(const void* bytes, std::size_t size, int flush);
  [[noreturn]] void fail() const;

  std::string path_;
  AtomicFile file_;
  std::fstream out_;  // on file_'s temporary name: a compressed element's length comes last
  bool compressed_;
  std::streampos element_start_;
  z_stream stream_{};
  std::vector<char> buffer_;
};

}  // namespace dem
