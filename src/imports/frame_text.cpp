#include "imports/frame_text.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/csv_scanner.h"

namespace dem {
namespace {

// The first line that is not empty.
std::string_view first_line(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of("\r\n"), text.size());
  return text.substr(begin, text.find_first_of("\r\n", begin) - begin);
}

}  // namespace

CsvDialect frame_dialect(std::string_view text) {
  CsvDialect dialect = find_csv_dialect(text);
  const std::string_view headings = first_line(text);
  const bool is_separated = headings.find(dialect.delimiter) != std::string_view::npos;
  if (!is_separated && headings.find(' ') != std::string_view::npos) dialect.delimiter = ' ';
  return dialect;
}

void refuse_doubtful_comments(std::string_view text,
                              const CsvDialect& dialect,
                              Index width,
                              const std::string& path) {
  Index line = 1;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at)) {
    ++line;
    const std::string_view rest = text.substr(++at);
    if (rest.empty() || (rest[0] != '#' && rest[0] != '%')) continue;
    const std::string_view own = rest.substr(0, rest.find_first_of("\r\n"));
    const auto cells = std::count(own.begin(), own.end(), dialect.delimiter) + 1;
    if (cells < width || !is_csv_comment(own, dialect.delimiter)) continue;
    throw Error(ErrorKind::kFormat,
                concat(path,
                       ": line ",
                       line,
                       ": expected a row or a comment without doubt, got ",
                       shown(own.substr(0, 20)),
                       " with as many cells as a row: put the first cell in quotes, or take the "
                       "line out"));
  }
}

}  // namespace dem
