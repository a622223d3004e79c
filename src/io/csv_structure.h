// What the first lines of a CSV file say about the rest, and numbers in its cells.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_scanner.h"

namespace dem {

struct CsvStructure {
  Index width = 0;           // cells of a record
  Index header_records = 0;  // 0 or 1
  bool has_names = false;    // the first column is text, or headed as names
};

// Looks at the first two records: how wide, headings or not, a first column of names or not. Names
// may be numbers where the heading over them is class, classes, class_name, name or names. Keeps no
// cells, since a record may be long. Throws Error{kFormat} for no record at all, headings that are
// empty, and a first cell that fits neither.
[[nodiscard]] CsvStructure find_csv_structure(CsvScanner& in);

// The next record's cells as text.
[[nodiscard]] std::vector<std::string> read_csv_record(CsvScanner& in);
// Steps over the next record.
void skip_csv_record(CsvScanner& in);

// Not a number: nothing. Beyond double's range is none either, or it would silently become
// infinite.
[[nodiscard]] std::optional<double> parse_csv_number(std::string_view text);

// What stands for a number that nobody knows: nothing, NA, N/A or n/a. (nan is a number here.)
[[nodiscard]] bool is_missing_cell(std::string_view text);

// Throws Error{kFormat} saying that the record of `cell` should be `width` cells wide.
[[noreturn]] void fail_csv_width(const CsvScanner& in, const CsvCell& cell, Index width);

}  // namespace dem
