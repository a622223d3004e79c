// What the first records of a text say about the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/csv_numbers.h"
#include "io/csv_scanner.h"

namespace dem {

// What the first column may hold, an index apart; kCells: nothing is found, every record is a row
// of cells (labels, splits, whose columns mean what their readers say).
enum class CsvFirstColumn : std::uint8_t { kFound, kNames, kCells };

// A record is, in this order: an index, a name, numbers, and nothing behind a trailing delimiter.
struct CsvStructure {
  CsvDialect dialect;
  CsvNumbers numbers;
  Index width = 0;                 // cells of a record below the headings
  std::optional<Index> announced;  // rows, where the first line says how many
  Index header_records = 0;        // 0 or 1
  bool numbered_headings = false;  // headings that count from 0 or 1
  bool no_corner = false;          // the headings begin over the second column, as R writes them
  bool header_ends_early = false;  // the headings have no trailing delimiter
  bool has_index = false;          // the first column counts the rows
  Index index_base = 0;            // the first number of that index
  std::string index_heading;
  bool has_names = false;  // the first other column is text, or headed as names
  bool trailing = false;   // every record ends with a delimiter

  // Columns of numbers.
  [[nodiscard]] Index columns() const {
    return width - (has_index ? 1 : 0) - (has_names ? 1 : 0) - (trailing ? 1 : 0);
  }
  // Records before the first row.
  [[nodiscard]] Index leading_records() const { return header_records + (announced ? 1 : 0); }
  // Dialect, headings, index and names, in words.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> in_words() const;
};

// Looks at the first records. Headings are text, or names beneath a heading that says so (class,
// name ...), or count 0, 1, 2 ... over four or more columns that do not. An index is a first column
// 0, 1, 2 ... or 1, 2, 3 ... under no heading, `index`, or `Unnamed: 0`, or before a column of
// names. Names may be numbers where the heading over them says that they are names.
// Throws Error{kFormat} for no record at all, headings that are empty, a first cell that fits
// neither, and what can be read in two ways.
[[nodiscard]] CsvStructure find_csv_structure(CsvScanner& in,
                                              CsvFirstColumn first = CsvFirstColumn::kFound);

// The headings of the columns of numbers; `in` stands before the first record.
[[nodiscard]] std::vector<std::string> read_csv_headings(CsvScanner& in,
                                                         const CsvStructure& structure);
// Steps over the next record.
void skip_csv_record(CsvScanner& in);

// Throws Error{kFormat} saying that the record of `cell` should be `width` cells wide.
[[noreturn]] void fail_csv_width(const CsvScanner& in, const CsvCell& cell, Index width);

// Throws Error{kFormat} where there are other than the announced rows.
void check_announced_rows(const std::string& path, const CsvStructure& structure, Index rows);

// Logs that an index is left out.
void log_csv_index(const std::string& path, const CsvStructure& structure);

// Walks over the next record, the row of that number: name(cell) for that of its name, where it has
// one, and number(cell, column) for those of numbers. Throws Error{kFormat} for another width, an
// index that does not count, and something behind the last delimiter.
template <typename Name, typename Number>
void walk_csv_record(
    CsvScanner& in, const CsvStructure& structure, Index row, Name&& name, Number&& number);

// The parts of walk_csv_record that every record has seldom.
void check_csv_index(const CsvScanner& in, const CsvCell& cell, Index expected);
void check_csv_trailing(const CsvScanner& in, const CsvCell& cell);

template <typename Name, typename Number>
void walk_csv_record(
    CsvScanner& in, const CsvStructure& structure, Index row, Name&& name, Number&& number) {
  const Index index_column = structure.has_index ? 0 : -1;
  const Index name_column = structure.has_names ? index_column + 1 : -1;
  const Index first = (structure.has_index ? 1 : 0) + (structure.has_names ? 1 : 0);
  const Index end = first + structure.columns();
  CsvCell cell;
  for (Index column = 0; column < structure.width; ++column) {
    cell = in.next();
    if (cell.last != (column + 1 == structure.width)) break;
    if (column >= end) {
      check_csv_trailing(in, cell);
    } else if (column >= first) {
      number(cell, column - first);
    } else if (column == name_column) {
      name(cell);
    } else {
      check_csv_index(in, cell, structure.index_base + row);
    }
  }
  if (cell.place.column == structure.width && cell.last) return;
  if (!cell.last) cell = in.next();
  fail_csv_width(in, cell, structure.width);
}

}  // namespace dem
