#include <algorithm>
#include <charconv>
#include <optional>

#include "base/at.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "data/class_rows.h"
#include "data/named_array.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/data/class_file.h"
#include "dem/io/array_file.h"
#include "io/array_checks.h"
#include "io/character_rows.h"
#include "io/csv_dialect.h"
#include "io/csv_facts.h"
#include "io/formats.h"

namespace dem {
namespace {

using NameList = std::vector<std::string>;

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

// A name a line, verbatim: names may be numbers or hold commas. Quoted as in CSV they lose quotes.
NameList read_lines(const std::string& path) {
  const MappedFile file(path);
  std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  refuse_utf16(text, path);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  NameList names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty()) names.push_back(utf8_or_latin1(without_quotes(line)));
  }
  return names;
}

// A line "1<TAB>antelope".
struct NumberedName {
  Index number = 0;
  char separator = '\t';  // a tab, a blank, a comma or a semicolon
  std::string name;
};

std::optional<NumberedName> numbered_name(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  NumberedName found;
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
  found.name = without_quotes(line);
  return found;
}

// The names of a list whose lines are all numbered: AwA's classes.txt, CUB's classes.txt. Where the
// numbers are not 1, 2, 3 ... or 0, 1, 2 ..., they are places in another list, which is not ours to
// guess; only behind numbers that do not even go up may blanks be part of the names.
NameList without_numbers(const std::string& path, NameList lines) {
  std::vector<NumberedName> all;
  for (const std::string& line : lines) {
    auto found = numbered_name(line);
    if (!found) return lines;
    all.push_back(std::move(*found));
  }
  if (all.empty()) return lines;
  const bool tabs = std::all_of(
      all.begin(), all.end(), [](const NumberedName& n) { return n.separator == '\t'; });
  if (!tabs && all.size() == 1) return lines;
  bool counts = all.front().number <= 1, ascends = true;
  for (std::size_t i = 1; i < all.size(); ++i) {
    counts = counts && all[i].number == all[i - 1].number + 1;
    ascends = ascends && all[i].number > all[i - 1].number;
  }
  if (!counts && !tabs && !ascends) return lines;
  if (!counts) {
    throw Error(ErrorKind::kFormat,
                concat(path,
                       ": expected names alone, or numbers 1, 2, 3, ... (or 0, 1, 2, ...) before "
                       "all of them, got other numbers (\"",
                       lines.front(),
                       "\")"));
  }
  NameList names;
  for (NumberedName& numbered : all) names.push_back(std::move(numbered.name));
  return names;
}

}  // namespace

NameList read_name_list(const std::string& path) {
  if (has_text_ending(path)) {
    NameList lines = read_lines(path);
    if (lines.size() > 1 && is_name_heading(lines.front())) {
      log(LogLevel::kInfo, concat(path, ": \"", lines.front(), "\" is taken for a heading"));
      lines.erase(lines.begin());
    }
    return without_numbers(path, std::move(lines));
  }
  const auto file = ArrayFile::open(path);
  if (auto named = strings_named(*file, class_name_arrays())) return std::move(named->second);
  std::vector<const ArrayInfo*> texts;
  for (const ArrayInfo& info : file->arrays()) {
    if (info.type == ElementType::kText) texts.push_back(&info);
  }
  if (texts.size() == 1) return file->read_strings(*texts.front());
  throw Error(ErrorKind::kFormat,
              concat(path, ": expected one array of text, got ", listed_arrays(*file)));
}

}  // namespace dem
