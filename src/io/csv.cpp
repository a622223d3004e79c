// Delimited text: comma, tab or semicolon, with or without a line of headings, numbers throughout
// but for an optional first column of text.
//
// A file STEM.csv holds up to three arrays:
//   STEM    float64 [rows, columns]  the numbers; absent where the file is one column of text
//   names   text [rows]              the first column, where its first row is not a number or its
//                                    heading says that it is names (csv_structure.h)
//   header  text [columns]           the headings of STEM's columns, where the file has headings
// The first line holds headings where no cell beyond the first is a number; in a file of one column
// where its cell is no number and the one below is. So one column of text has no headings. Opening
// counts rows and columns; numbers are parsed when they are read, straight into the caller's
// matrix.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/character_rows.h"
#include "io/csv_scanner.h"
#include "io/csv_structure.h"
#include "io/formats.h"

namespace dem {
namespace {

class CsvFile : public ArrayFile {
 public:
  explicit CsvFile(const std::string& path) : ArrayFile(path, FileFormat::kCsv), file_(path) {
    text_ = {reinterpret_cast<const char*>(file_.bytes().data()), file_.bytes().size()};
    if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff")) {
      throw Error(ErrorKind::kFormat, path + ": expected text in UTF-8, got UTF-16");
    }
    delimiter_ = detect_delimiter(text_);
    CsvScanner start = scanner();
    structure_ = find_csv_structure(start);
    count_rows();
    list_arrays();
  }

  void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) override {
    check_matrix_request(*this, info, row_axis, out);
    each_number(missing_cells_, [&](Index i, Index j, double value, const CsvCell&) {
      (row_axis == 0 ? out(i, j) : out(j, i)) = static_cast<float>(value);
    });
  }

  std::vector<std::int64_t> read_integers(const ArrayInfo& info) override {
    (void)checked_vector_length(*this, info);
    std::vector<std::int64_t> values;
    each_number(false, [&](Index, Index, double value, const CsvCell& cell) {
      constexpr double kLimit = 0x1.0p53;
      if (!(std::abs(value) < kLimit) || value != std::floor(value)) {
        scanner().fail(cell.place, "a whole number", shown(cell.text));
      }
      values.push_back(static_cast<std::int64_t>(value));
    });
    return values;
  }

  std::vector<std::string> read_strings(const ArrayInfo& info) override {
    check_text_request(*this, info);
    return info.name == "header" ? header() : names();
  }

  void take_missing_cells() override { missing_cells_ = true; }

 private:
  [[nodiscard]] CsvScanner scanner() const { return {text_, delimiter_, path_}; }

  // Every record must be as wide as the first.
  void count_rows() {
    CsvScanner in = scanner();
    for (rows_ = -structure_.header_records; !in.at_end(); ++rows_) {
      CsvCell cell = in.next();
      while (!cell.last && cell.place.column <= structure_.width) cell = in.next();
      if (cell.place.column == structure_.width && cell.last) continue;
      fail_csv_width(in, cell, structure_.width);
    }
    if (rows_ == 0) {
      throw Error(ErrorKind::kFormat, path_ + ": expected rows, got headings only");
    }
  }

  void list_arrays() {
    const Index columns = structure_.width - (structure_.has_names ? 1 : 0);
    if (columns > 0) {
      const std::string stem = std::filesystem::path(path_).stem().string();
      arrays_.push_back({stem, ElementType::kFloat64, {rows_, columns}, ""});
    }
    if (structure_.has_names) arrays_.push_back({"names", ElementType::kText, {rows_}, ""});
    if (structure_.header_records > 0)
      arrays_.push_back({"header", ElementType::kText, {columns}, ""});
  }

  // Calls body(row, column, cell) for every cell below the headings.
  template <typename Body>
  void each_cell(Body&& body) const {
    CsvScanner in = scanner();
    if (structure_.header_records > 0) skip_csv_record(in);
    for (Index row = 0; row < rows_; ++row) {
      for (Index column = 0; column < structure_.width; ++column) body(row, column, in.next());
    }
  }

  // Missing cells are NaN where they are taken.
  template <typename Body>
  void each_number(bool takes_missing, Body&& body) const {
    const Index skipped = structure_.has_names ? 1 : 0;
    each_cell([&](Index row, Index column, const CsvCell& cell) {
      if (column < skipped) return;
      const std::optional<double> value = parse_csv_number(cell.text);
      if (!value && !(takes_missing && is_missing_cell(cell.text))) {
        scanner().fail(
            cell.place, "a number", cell.text.empty() ? "an empty cell" : shown(cell.text));
      }
      body(row, column - skipped, value.value_or(NAN), cell);
    });
  }

  // Of the columns of numbers.
  [[nodiscard]] std::vector<std::string> header() const {
    CsvScanner in = scanner();
    std::vector<std::string> headings = read_csv_record(in);
    if (structure_.has_names) headings.erase(headings.begin());
    return headings;
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    each_cell([&](Index, Index column, const CsvCell& cell) {
      if (column > 0) return;
      if (cell.text.empty()) scanner().fail(cell.place, "a name", "an empty cell");
      names.push_back(utf8_or_latin1(std::string(cell.text)));
    });
    return names;
  }

  MappedFile file_;
  std::string_view text_;
  char delimiter_ = ',';
  CsvStructure structure_;
  bool missing_cells_ = false;
  Index rows_ = 0;  // records without the headings
};

}  // namespace

std::unique_ptr<ArrayFile> open_csv(const std::string& path) {
  return std::make_unique<CsvFile>(path);
}

}  // namespace dem
