#include "data/numbered_lines.h"

#include <algorithm>
#include <charconv>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/character_rows.h"
#include "io/csv_dialect.h"
#include "io/csv_scanner.h"

namespace dem {
namespace {

// Quotes of CSV around a whole line.
std::string without_quotes(std::string_view line) {
  std::string name(line);
  if (line.size() < 2 || line.front() != '"' || line.back() != '"') return name;
  name = line.substr(1, line.size() - 2);
  for (std::size_t at = 0; (at = name.find("\"\"", at)) != std::string::npos; ++at) {
    name.erase(at, 1);
  }
  return name;
}

[[noreturn]] void refuse_entry(const std::string& path,
                               std::size_t entry,
                               const std::string& expected,
                               const std::string& got) {
  throw Error(ErrorKind::kFormat,
              concat(path, ": entry ", entry, ": expected ", expected, ", got ", shown(got)));
}

}  // namespace

std::vector<std::string> read_lines(const std::string& path) {
  const MappedFile file(path);
  std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  refuse_utf16(text, path);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty()) names.push_back(utf8_or_latin1(without_quotes(line)));
  }
  return names;
}

std::optional<NumberedLine> numbered_line(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  NumberedLine found;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), found.number);
  if (error != std::errc() || stop == line.data() + line.size() || found.number < 0) {
    return std::nullopt;
  }
  found.separator = *stop;
  if (std::string_view("\t ,;").find(found.separator) == std::string_view::npos) {
    return std::nullopt;
  }
  line.remove_prefix(static_cast<std::size_t>(stop - line.data()) + 1);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  if (line.empty()) return std::nullopt;
  found.text = without_quotes(line);
  return found;
}

std::vector<std::string> read_numbered_lines(const std::string& path) {
  std::vector<std::string> texts;
  for (const std::string& line : read_lines(path)) {
    const std::size_t number = texts.size() + 1;
    auto found = numbered_line(line);
    if (!found || found->number != static_cast<Index>(number)) {
      refuse_entry(path, number, concat("the number ", number, " and what it stands for"), line);
    }
    texts.push_back(std::move(found->text));
  }
  return texts;
}

std::vector<Index> read_numbered_numbers(const std::string& path) {
  std::vector<Index> numbers;
  for (const std::string& text : read_numbered_lines(path)) {
    Index number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) {
      refuse_entry(path, numbers.size() + 1, "a whole number behind the first one", text);
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace dem
