// What the records at the start of a text look like.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "io/csv_numbers.h"
#include "io/csv_scanner.h"

namespace dem {

// One of the first cells of a record.
struct CsvCellFacts {
  bool text = false;  // no number
  bool empty = false;
  bool heads_names = false;    // class, label, name and the like
  bool heads_index = false;    // nothing, index, or "Unnamed: 0", as data frames are written
  std::optional<Index> whole;  // its value
  std::string shown;           // for messages
};

// The cells of a record from one of its first columns on. A last cell that is empty has no part in
// it but in all_text and all_missing.
struct CsvRunFacts {
  bool all_text = true;
  bool all_missing = true;
  bool all_numbers = true;
  bool all_whole = true;  // numbers without points and exponents
  bool runs = true;       // numbers, each one more than the one before
  bool counts = true;     // runs from 0 or 1
  Index empty = 0;        // column of the first empty cell, counted from 1; 0: none
};

// How the numbers are written, and the first cell with a comma that leaves it open.
struct CsvNumberFacts {
  bool points = false;
  bool decimal_commas = false;
  bool comma_thousands = false;
  std::optional<CsvPlace> in_doubt;
  std::string doubtful;
};

struct CsvRecordFacts {
  Index line = 1;
  Index width = 0;
  bool ends_empty = false;
  std::array<CsvCellFacts, 2> cells;
  std::array<CsvRunFacts, 3> from;  // from column 0, 1 and 2 on
  CsvNumberFacts first_number;      // of the first column
  CsvNumberFacts numbers;           // of the others
};

// The first records: kCsvSampleRecords, or those that end within kCsvSampleBytes, but at least two
// where there are so many. Keeps no cells, since a record may be long.
[[nodiscard]] std::vector<CsvRecordFacts> look_at_csv_records(CsvScanner& in);

// Adds what a cell says about how numbers are written.
void note_number(const CsvCell& cell, CsvNumberFacts& facts);
void add_number_facts(const CsvNumberFacts& facts, CsvNumberFacts& all);
// How they are, by what the first records say. Throws Error{kFormat} where only numbers in doubt
// say so, and `has_numbers`.
[[nodiscard]] CsvNumbers settled_numbers(const CsvScanner& in,
                                         const CsvNumberFacts& facts,
                                         bool has_numbers = true);

// Whether a heading may stand over an index: nothing, index, "Unnamed: 0".
[[nodiscard]] bool is_index_heading(std::string_view heading);
// Whether a heading is that of a column of names, which may all be numbers.
[[nodiscard]] bool is_name_heading(std::string_view heading);

}  // namespace dem
