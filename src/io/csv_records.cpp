// Records as a structure says, and what is said of them.
#include <charconv>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "io/character_rows.h"
#include "io/csv_structure.h"

namespace dem {

std::vector<std::string> read_csv_headings(CsvScanner& in, const CsvStructure& structure) {
  if (structure.announced) skip_csv_record(in);
  std::vector<std::string> cells;
  for (bool last = false; !last;) {
    const CsvCell cell = in.next();
    cells.push_back(utf8_or_latin1(std::string(cell.text)));
    last = cell.last;
  }
  const Index other =
      (structure.has_index ? 1 : 0) + (structure.has_names ? 1 : 0) - (structure.no_corner ? 1 : 0);
  cells.erase(cells.begin(), cells.begin() + other);
  cells.resize(static_cast<std::size_t>(structure.columns()));
  return cells;
}

void skip_csv_record(CsvScanner& in) {
  while (!in.next().last) {
  }
}

void fail_csv_width(const CsvScanner& in, const CsvCell& cell, Index width) {
  const Index got = cell.place.column;
  in.fail(cell.place,
          concat(width, width == 1 ? " cell" : " cells", " as in the first line"),
          concat(got > width ? "more" : std::to_string(got)));
}

void check_announced_rows(const std::string& path, const CsvStructure& structure, Index rows) {
  if (!structure.announced || *structure.announced == rows) return;
  throw Error(
      ErrorKind::kFormat,
      concat(
          path, ": expected ", *structure.announced, " rows, as the first line says, got ", rows));
}

void check_csv_index(const CsvScanner& in, const CsvCell& cell, Index expected) {
  Index value = -1;
  const char* end = cell.text.data() + cell.text.size();
  const auto [stop, error] = std::from_chars(cell.text.data(), end, value);
  if (error == std::errc() && stop == end && value == expected) return;
  in.fail(cell.place,
          concat(expected, ", the index goes on so"),
          concat(cell.text.empty() ? "an empty cell" : shown(cell.text),
                 " (where this column is none, head it \"class\" over names, or as numbers)"));
}

void check_csv_trailing(const CsvScanner& in, const CsvCell& cell) {
  if (cell.text.empty()) return;
  in.fail(cell.place, "nothing behind the last delimiter, as before", shown(cell.text));
}

namespace {

std::string counted_from(Index base) {
  return base == 0 ? "0, 1, 2, ..." : "1, 2, 3, ...";
}

}  // namespace

void log_csv_index(const std::string& path, const CsvStructure& structure) {
  if (!structure.has_index) return;
  log(LogLevel::kInfo,
      concat(path,
             ": the first column",
             structure.index_heading.empty() ? "" : concat(" ", structure.index_heading),
             " is an index (",
             counted_from(structure.index_base),
             "), left out"));
}

std::vector<std::pair<std::string, std::string>> CsvStructure::in_words() const {
  std::vector<std::pair<std::string, std::string>> words;
  words.emplace_back("delimiter", delimiter_in_words(dialect.delimiter));
  if (announced) words.emplace_back("count line", concat(*announced, " rows"));
  words.emplace_back("headings",
                     header_records == 0 ? "none"
                     : numbered_headings ? "yes, numbers"
                                         : "yes");
  words.emplace_back("index",
                     has_index ? concat("first column, ", counted_from(index_base)) : "none");
  words.emplace_back("names", !has_names ? "none" : has_index ? "second column" : "first column");
  if (numbers.decimal_comma) words.emplace_back("decimals", "comma");
  if (trailing) words.emplace_back("trailing delimiter", "yes");
  return words;
}

}  // namespace dem
