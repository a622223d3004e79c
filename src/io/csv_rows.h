// Rows of numbers in delimited text that comes piece by piece.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/sequential_file.h"
#include "dem/io/row_reader.h"
#include "io/csv_structure.h"

namespace dem {

// The longest record that is read, with its line end.
inline constexpr std::size_t kLongestCsvRecord = std::size_t{64} << 20;

// Headings, an index and a column of names are found as CsvFile finds them, and passed over. Holds
// a few MiB, and at most five times the longest record. How many rows there are is known at the end
// only.
class CsvRows : public RowReader {
 public:
  // `start` was read from the file before. Throws Error{kFormat} where there is no column of
  // numbers, for a record of more than `longest` bytes with its line end, and for what
  // find_csv_structure refuses.
  [[nodiscard]] static std::unique_ptr<CsvRows> open(std::unique_ptr<SequentialFile> file,
                                                     std::string start,
                                                     std::size_t longest = kLongestCsvRecord);
  // Of the columns of numbers; empty where there are none.
  [[nodiscard]] const std::vector<std::string>& headings() const { return headings_; }
  // As ArrayFile::take_missing_cells().
  void take_missing_cells() { missing_cells_ = true; }

 private:
  // Text of whole records, and what follows it.
  struct Text {
    std::unique_ptr<SequentialFile> file;
    std::string buffer;
    std::size_t longest = kLongestCsvRecord;
    std::size_t complete = 0;  // bytes of whole records at the start of buffer
    bool ended = false;

    // Drops the records of before and makes more whole ones; false at the end.
    bool advance(const CsvDialect& dialect, Index line);
    // Adds to the record that is not whole, which begins at this line: so much that reading it
    // piece by piece costs no more than a few times reading it at once. Throws Error{kFormat} where
    // it is longer than `longest`.
    void read_more(Index line);
  };

  CsvRows(Text text, const CsvStructure& structure);
  Index next(MatrixView<float> out) override;
  // Refuses what next() refuses, but for cells that are no numbers.
  Index pass_over(Index count) override;

  // Calls each(row) with the scanner before a record, up to `count` times; returns how often.
  template <typename Each>
  Index for_records(Index count, Each&& each);
  Text text_;
  std::string name_;
  CsvStructure structure_;
  std::vector<std::string> headings_;
  bool missing_cells_ = false;
  std::optional<CsvScanner> scanner_;
};

// The length of the longest start of `text` that ends with a record and its line end, without blank
// lines behind. 0 where there is none.
[[nodiscard]] std::size_t whole_records(std::string_view text, const CsvDialect& dialect);

}  // namespace dem
