// The metadata of dem's own safetensors files: what kind of file, which version, and named facts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "dem/base/types.h"
#include "io/safetensors.h"

namespace dem {

inline constexpr std::string_view kModelFormat = "dem model";
inline constexpr std::string_view kTrainingStateFormat = "dem training state";
inline constexpr int kFormatVersion = 1;  // what is written, and the newest that is read

using Facts = std::map<std::string, std::string>;

// Facts with "format" and "format_version", to add to.
[[nodiscard]] Facts start_facts(std::string_view format);

// A number as text that from_chars gives back bit for bit (NaN payloads aside).
[[nodiscard]] std::string exact_text(double value);

// `facts` with "PREFIX." before each key, put into `out`.
void add_prefixed(const Facts& facts, const std::string& prefix, Facts& out);

// Typed access to what a file says. Every failure throws Error{kFormat} naming file and field.
class FileMetadata {
 public:
  // Throws also Error{kUnsupported} for a file of a newer version.
  FileMetadata(const SafetensorsFile& file, std::string_view format);

  [[nodiscard]] bool has(const std::string& key) const { return facts_.count(key) > 0; }
  [[nodiscard]] const std::string& text(const std::string& key) const;
  [[nodiscard]] bool flag(const std::string& key) const;  // "true" or "false"
  [[nodiscard]] std::uint64_t unsigned_number(const std::string& key) const;
  [[nodiscard]] Index count(const std::string& key) const;  // at least 0
  [[nodiscard]] double real(const std::string& key) const;
  // What add_prefixed added.
  [[nodiscard]] Facts with_prefix(const std::string& prefix) const;
  // "FILE: field KEY", for messages.
  [[nodiscard]] std::string where(const std::string& key) const;

 private:
  void check_version() const;

  std::string path_;
  Facts facts_;
};

}  // namespace dem
