#include "data/text_table.h"

#include <algorithm>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/character_rows.h"

namespace dem {
namespace {

// A line "#dog" among names may be a name as well as a comment.
void refuse_comments_like_names(std::string_view text,
                                const CsvDialect& dialect,
                                TextTable& table) {
  Index number = 1;
  for (; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!is_csv_comment(line, dialect.delimiter)) continue;
    const std::size_t mark = line.find_first_of("#%");
    const std::size_t word = line.find_first_not_of("#%", mark);
    if (word == std::string_view::npos || word > mark + 1 || line[word] == ' ' ||
        line[word] == '\t') {
      continue;
    }
    throw Error(
        ErrorKind::kFormat,
        concat(table.path,
               ": line ",
               number,
               ": expected a comment with a blank behind its mark, or a name in quotes, got ",
               shown(line)));
  }
}

// The cells of the next record, `width` of them.
void add_cells(CsvScanner& in, Index width, TextTable& table) {
  CsvCell cell = in.next();
  for (Index column = 1;; ++column, cell = in.next()) {
    if (column > width || (cell.last && column < width)) fail_csv_width(in, cell, width);
    table.cells.push_back(utf8_or_latin1(std::string(cell.text)));
    if (cell.last) break;
  }
}

// As many as a row below has.
void add_headings(CsvScanner& in, TextTable& table) {
  const CsvStructure& structure = table.structure;
  table.lines.push_back(in.line());
  if (structure.no_corner) table.cells.emplace_back();
  const Index shorter = (structure.no_corner ? 1 : 0) + (structure.header_ends_early ? 1 : 0);
  add_cells(in, structure.width - shorter, table);
  if (structure.trailing && !structure.header_ends_early) table.cells.pop_back();
  if (structure.has_index) table.cells.erase(table.cells.begin());
}

void add_row(CsvScanner& in, Index row, TextTable& table) {
  table.lines.push_back(in.line());
  const auto add = [&](const CsvCell& cell, const auto&...) {
    table.cells.push_back(utf8_or_latin1(std::string(cell.text)));
  };
  walk_csv_record(in, table.structure, row, add, add);
}

}  // namespace

std::string TextTable::where(Index row) const {
  return concat(path, ": line ", lines[static_cast<std::size_t>(row)]);
}

void TextTable::drop_first() {
  cells.erase(cells.begin(), cells.begin() + width);
  lines.erase(lines.begin());
}

TextTable read_text_table(const std::string& path, CsvFirstColumn first) {
  const MappedFile file(path);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                              file.bytes().size());
  refuse_utf16(text, path);
  TextTable table;
  table.path = path;
  const CsvDialect dialect = find_csv_dialect(text);
  CsvScanner start(text, dialect, path);
  refuse_comments_like_names(text, dialect, table);
  table.structure = find_csv_structure(start, first);
  CsvStructure& structure = table.structure;
  table.width = structure.columns() + (structure.has_names ? 1 : 0);
  CsvScanner in(text, dialect, path);
  if (structure.announced) skip_csv_record(in);
  if (structure.header_records > 0) add_headings(in, table);
  Index row = 0;
  for (; !in.at_end(); ++row) add_row(in, row, table);
  check_announced_rows(path, structure, row);
  log_csv_index(path, structure);
  return table;
}

}  // namespace dem
