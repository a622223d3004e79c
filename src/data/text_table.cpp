#include "data/text_table.h"

#include <filesystem>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/character_rows.h"
#include "io/csv_structure.h"

namespace dem {
namespace {

void add_record(CsvScanner& in, TextTable& table) {
  table.lines.push_back(in.line());
  CsvCell cell = in.next();
  for (Index column = 1;; ++column, cell = in.next()) {
    const bool too_wide = table.width > 0 && column > table.width;
    const bool too_narrow = table.width > 0 && cell.last && column < table.width;
    if (too_wide || too_narrow) fail_csv_width(in, cell, table.width);
    table.cells.push_back(utf8_or_latin1(std::string(cell.text)));
    if (cell.last) break;
  }
  if (table.width == 0) table.width = static_cast<Index>(table.cells.size());
}

}  // namespace

std::string TextTable::where(Index row) const {
  return concat(path, ": line ", lines[static_cast<std::size_t>(row)]);
}

void TextTable::drop_first() {
  cells.erase(cells.begin(), cells.begin() + width);
  lines.erase(lines.begin());
}

bool is_text_table(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  return equal_ignoring_case(ending, ".csv") || equal_ignoring_case(ending, ".tsv") ||
         equal_ignoring_case(ending, ".txt");
}

TextTable read_text_table(const std::string& path) {
  const MappedFile file(path);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                              file.bytes().size());
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    throw Error(ErrorKind::kFormat, path + ": expected text in UTF-8, got UTF-16");
  }
  TextTable table;
  table.path = path;
  CsvScanner in(text, detect_delimiter(text), path);
  while (!in.at_end()) add_record(in, table);
  if (table.rows() == 0) {
    throw Error(ErrorKind::kFormat, path + ": expected rows, got an empty file");
  }
  return table;
}

}  // namespace dem
