#include "io/csv_structure.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/character_rows.h"

namespace dem {

std::optional<double> parse_csv_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::vector<std::string> read_csv_record(CsvScanner& scanner) {
  std::vector<std::string> cells;
  for (bool last = false; !last;) {
    const CsvCell cell = scanner.next();
    cells.push_back(utf8_or_latin1(std::string(cell.text)));
    last = cell.last;
  }
  return cells;
}

namespace {

bool is_text(const std::string& cell) {
  return !parse_csv_number(cell);
}

}  // namespace

CsvStructure find_csv_structure(CsvScanner& in) {
  if (in.at_end()) {
    throw Error(ErrorKind::kFormat, concat(in.path(), ": expected rows, got an empty file"));
  }
  CsvStructure structure;
  const std::vector<std::string> first = read_csv_record(in);
  const std::vector<std::string> second = in.at_end() ? first : read_csv_record(in);
  structure.width = static_cast<Index>(first.size());
  const bool text_below = is_text(second[0]);
  const bool has_header = structure.width == 1
                              ? is_text(first[0]) && !text_below
                              : std::all_of(first.begin() + 1, first.end(), is_text);
  structure.header_records = has_header ? 1 : 0;
  structure.has_names = is_text(has_header ? second[0] : first[0]);
  if (has_header)
    structure.header.assign(first.begin() + (structure.has_names ? 1 : 0), first.end());
  if (!has_header && structure.has_names && !text_below) {
    in.fail({1, 1}, "a number as in the next line, or headings throughout", shown(first[0]));
  }
  const auto empty = std::find(structure.header.begin(), structure.header.end(), "");
  if (empty != structure.header.end()) {
    const Index column = structure.width - (structure.header.end() - empty) + 1;
    in.fail({1, column}, "a heading", "an empty cell");
  }
  return structure;
}

void fail_csv_width(const CsvScanner& in, const CsvCell& cell, Index width) {
  const Index got = cell.place.column;
  in.fail(cell.place,
          concat(width, width == 1 ? " cell" : " cells", " as in the first line"),
          concat(got > width ? "more" : std::to_string(got)));
}

}  // namespace dem
