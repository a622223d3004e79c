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

bool is_missing_cell(std::string_view text) {
  return text.empty() || text == "NA" || text == "N/A" || text == "n/a";
}

std::vector<std::string> read_csv_record(CsvScanner& in) {
  std::vector<std::string> cells;
  for (bool last = false; !last;) {
    const CsvCell cell = in.next();
    cells.push_back(utf8_or_latin1(std::string(cell.text)));
    last = cell.last;
  }
  return cells;
}

void skip_csv_record(CsvScanner& in) {
  while (!in.next().last) {
  }
}

namespace {

// Whether a heading is that of a column of names, which may all be numbers.
bool is_name_heading(std::string_view heading) {
  constexpr std::string_view kHeadings[] = {"class", "classes", "class_name", "name", "names"};
  return std::any_of(std::begin(kHeadings), std::end(kHeadings), [&](std::string_view known) {
    return equal_ignoring_case(heading, known);
  });
}

// What the structure depends on.
struct RecordFacts {
  Index width = 0;
  bool begins_with_text = false;
  bool heads_names = false;       // by its first cell
  bool goes_on_with_text = true;  // in every further cell
  bool goes_on_missing = true;    // in every further cell
  std::string first;              // cell, for a message
  Index first_empty = 0;          // column of the first empty cell, counted from 1; 0: none
  Index next_empty = 0;           // the same without the first column
};

RecordFacts look_at_record(CsvScanner& in) {
  RecordFacts facts;
  for (bool last = false; !last;) {
    const CsvCell cell = in.next();
    const bool is_text = !parse_csv_number(cell.text);
    if (++facts.width == 1) {
      facts.begins_with_text = is_text;
      facts.heads_names = is_name_heading(cell.text);
      facts.first = shown(cell.text);
    } else {
      facts.goes_on_with_text = facts.goes_on_with_text && is_text;
      facts.goes_on_missing = facts.goes_on_missing && is_missing_cell(cell.text);
      if (cell.text.empty() && facts.next_empty == 0) facts.next_empty = facts.width;
    }
    if (cell.text.empty() && facts.first_empty == 0) facts.first_empty = facts.width;
    last = cell.last;
  }
  return facts;
}

}  // namespace

CsvStructure find_csv_structure(CsvScanner& in) {
  if (in.at_end()) {
    throw Error(ErrorKind::kFormat, concat(in.path(), ": expected rows, got an empty file"));
  }
  CsvStructure structure;
  const RecordFacts first = look_at_record(in);
  const bool text_below =
      in.at_end() ? first.begins_with_text : look_at_record(in).begins_with_text;
  structure.width = first.width;
  const bool has_header =
      first.width == 1 ? first.begins_with_text && !text_below : first.goes_on_with_text;
  structure.header_records = has_header ? 1 : 0;
  structure.has_names = (has_header ? text_below : first.begins_with_text) ||
                        (has_header && first.width > 1 && first.heads_names);
  if (!has_header && structure.has_names && !text_below) {
    in.fail({1, 1}, "a number as in the next line, or headings throughout", first.first);
  }
  const Index empty = structure.has_names ? first.next_empty : first.first_empty;
  if (has_header && empty > 0) in.fail({1, empty}, "a heading", "an empty cell");
  if (has_header && first.width > 1 && first.goes_on_missing) {
    in.fail({1, 2}, "headings or numbers", "no known number in the first line");
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
