// Delimited text as arrays.
//
// A file STEM.csv holds up to three arrays:
//   STEM    float64 [rows, columns]  the numbers; absent where the file has none
//   names   text [rows]              the column of names, where it has one
//   header  text [columns]           the headings of STEM's columns, where it has headings
// What is what is found by find_csv_structure (csv_structure.h); an index is left out, and the log
// says so. Opening counts rows and columns; numbers are parsed when they are read, straight into
// the caller's matrix.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "dem/io/array_file.h"
#include "io/csv_structure.h"

namespace dem {

class CsvFile : public ArrayFile {
 public:
  explicit CsvFile(const std::string& path);

  void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) override;
  std::vector<std::int64_t> read_integers(const ArrayInfo& info) override;
  std::vector<std::string> read_strings(const ArrayInfo& info) override;
  void take_missing_cells() override { missing_cells_ = true; }

  [[nodiscard]] const CsvStructure& structure() const { return structure_; }
  [[nodiscard]] Index rows() const { return rows_; }
  // What was found, after a look at every cell: the structure, rows and columns, missing cells, and
  // cells that are neither numbers nor missing, with the place of the first.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> in_words() const;

 private:
  [[nodiscard]] CsvScanner scanner() const { return {text_, structure_.dialect, path_}; }
  void count_rows();
  void list_arrays();
  // Calls name(cell) and number(cell, row, column) for every cell below the headings.
  template <typename Name, typename Number>
  void each_cell(Name&& name, Number&& number) const;
  // Missing cells are NaN where they are taken.
  template <typename Body>
  void each_number(bool takes_missing, Body&& body) const;
  [[nodiscard]] std::vector<std::string> names() const;

  MappedFile file_;
  std::string_view text_;
  CsvStructure structure_;
  bool missing_cells_ = false;
  Index rows_ = 0;  // records without the headings
};

}  // namespace dem
