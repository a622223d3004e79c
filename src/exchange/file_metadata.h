// The metadata of dem's own safetensors files: what kind of file, which version, and named facts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "dem/base/types.h"
#include "io/safetensors.h"

namespace dem {

// A kind of file; each counts its own versions.
struct FileKind {
  std::string_view name;
  int version;  // what is written, and the newest that is read
};

inline constexpr FileKind kModelFormat{"dem model", 2};
inline constexpr FileKind kTrainingStateFormat{"dem training state", 1};

using Facts = std::map<std::string, std::string>;

// Facts with "format" and "format_version", to add to.
[[nodiscard]] Facts start_facts(const FileKind& format);

// `facts` with "PREFIX." before each key, put into `out`.
void add_prefixed(const Facts& facts, const std::string& prefix, Facts& out);

// Typed access to what a file says. Every failure throws Error{kFormat} naming file and field.
class FileMetadata {
 public:
  // Throws also Error{kUnsupported} for a file of a newer version.
  FileMetadata(const SafetensorsFile& file, const FileKind& format);

  [[nodiscard]] int version() const { return version_; }  // 1 .. format.version
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
  [[nodiscard]] int read_version(int newest) const;

  std::string path_;
  Facts facts_;
  int version_;
};

}  // namespace dem
