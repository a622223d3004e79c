// What is in a file.
#pragma once

#include <string>
#include <vector>

#include "dem/io/array_file.h"

namespace dem {

struct FileReport {
  std::string path;
  std::string format;  // "MAT v5", "MindSpore checkpoint", "ONNX", "MINDIR", ...
  std::uint64_t bytes = 0;
  std::string fingerprint;  // XXH3-128 of the file, 32 hex digits
  std::vector<ArrayInfo> arrays;
  std::vector<std::pair<std::string, std::string>> metadata;  // in file order

  [[nodiscard]] std::string to_json() const;
  [[nodiscard]] std::string to_string() const;  // several lines, for a person
};

// Looks into any file that dem reads, and into ONNX and MINDIR: there arrays are the weights, and
// metadata begins with versions, producer, and the inputs and outputs with type and shape. Throws
// Error{kIo} or Error{kFormat}.
[[nodiscard]] FileReport inspect_file(const std::string& path);

}  // namespace dem
