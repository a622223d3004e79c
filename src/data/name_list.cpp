#include <algorithm>

#include "base/at.h"
#include "base/text.h"
#include "data/class_rows.h"
#include "data/named_array.h"
#include "data/numbered_lines.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/data/class_file.h"
#include "dem/io/array_file.h"
#include "io/array_checks.h"
#include "io/csv_facts.h"
#include "io/formats.h"

namespace dem {
namespace {

using NameList = std::vector<std::string>;

// The names of a list whose lines are all numbered: AwA's classes.txt, CUB's classes.txt. Where the
// numbers are not 1, 2, 3 ... or 0, 1, 2 ..., they are places in another list, which is not ours to
// guess; only behind numbers that do not even go up may blanks be part of the names.
NameList without_numbers(const std::string& path, NameList lines) {
  std::vector<NumberedLine> all;
  for (const std::string& line : lines) {
    auto found = numbered_line(line);
    if (!found) return lines;
    all.push_back(std::move(*found));
  }
  if (all.empty()) return lines;
  const bool tabs = std::all_of(
      all.begin(), all.end(), [](const NumberedLine& n) { return n.separator == '\t'; });
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
  for (NumberedLine& numbered : all) names.push_back(std::move(numbered.text));
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
