#include "exchange/file_metadata.h"

#include <charconv>
#include <limits>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

[[noreturn]] void fail(const std::string& where,
                       std::string_view expected,
                       const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

// The whole text as a number.
template <typename T>
T parse(const std::string& text, const std::string& where, std::string_view expected) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) {
    fail(where, expected, concat('"', text.substr(0, 40), '"'));
  }
  return value;
}

}  // namespace

Facts start_facts(const FileKind& format) {
  return {{"format", std::string(format.name)}, {"format_version", std::to_string(format.version)}};
}

void add_prefixed(const Facts& facts, const std::string& prefix, Facts& out) {
  for (const auto& [key, value] : facts) out[concat(prefix, ".", key)] = value;
}

FileMetadata::FileMetadata(const SafetensorsFile& file, const FileKind& format)
    : path_(file.path()), facts_(file.metadata().begin(), file.metadata().end()) {
  const auto found = facts_.find("format");
  const std::string got = found == facts_.end() ? "none" : concat('"', found->second, '"');
  const std::string expected = concat('"', format.name, '"');
  if (got != expected) fail(where("format"), expected, got);
  version_ = read_version(format.version);
}

int FileMetadata::read_version(int newest) const {
  const std::uint64_t got = unsigned_number("format_version");
  if (got == 0) fail(where("format_version"), "at least 1", "0");
  if (got <= static_cast<std::uint64_t>(newest)) return static_cast<int>(got);
  throw Error(ErrorKind::kUnsupported,
              concat(where("format_version"),
                     ": expected at most ",
                     newest,
                     ", got ",
                     got,
                     ": written by a newer version of dem"));
}

std::string FileMetadata::where(const std::string& key) const {
  return concat(path_, ": field ", key);
}

const std::string& FileMetadata::text(const std::string& key) const {
  const auto found = facts_.find(key);
  if (found == facts_.end()) fail(where(key), "a value", "none");
  return found->second;
}

bool FileMetadata::flag(const std::string& key) const {
  const std::string& value = text(key);
  if (value != "true" && value != "false") {
    fail(where(key), "true or false", concat('"', value.substr(0, 40), '"'));
  }
  return value == "true";
}

std::uint64_t FileMetadata::unsigned_number(const std::string& key) const {
  return parse<std::uint64_t>(text(key), where(key), "a whole number");
}

Index FileMetadata::count(const std::string& key) const {
  const Index value = parse<Index>(text(key), where(key), "a whole number");
  if (value < 0) fail(where(key), "at least 0", std::to_string(value));
  return value;
}

double FileMetadata::real(const std::string& key) const {
  return parse<double>(text(key), where(key), "a number");
}

Facts FileMetadata::with_prefix(const std::string& prefix) const {
  const std::string start = prefix + ".";
  Facts found;
  for (auto at = facts_.lower_bound(start); at != facts_.end() && at->first.starts_with(start);
       ++at) {
    found[at->first.substr(start.size())] = at->second;
  }
  return found;
}

}  // namespace dem
