// Delimited text: comma, tab or semicolon, with or without a line of headings, numbers throughout
// but for an optional first column of text.
//
// A file STEM.csv holds up to three arrays:
//   STEM    float64 [rows, columns]  the numbers; absent where the file is one column of text
//   names   text [rows]              the first column, where its first row is not a number
//   header  text [columns]           the headings of STEM's columns, where the file has headings
// The first line holds headings where no cell beyond the first is a number; in a file of one column
// where its cell is no number and the one below is. So one column of text has no headings. Opening
// counts rows and columns; numbers are parsed when they are read, straight into the caller's
// matrix.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/character_rows.h"
#include "io/csv_scanner.h"
#include "io/formats.h"

namespace dem {
namespace {

// Not a number: nothing. Beyond double's range is none either, or it would silently become
// infinite.
std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

// One record's cells as text.
std::vector<std::string> read_record(CsvScanner& scanner) {
  std::vector<std::string> cells;
  for (bool last = false; !last;) {
    const CsvCell cell = scanner.next();
    cells.push_back(utf8_or_latin1(std::string(cell.text)));
    last = cell.last;
  }
  return cells;
}

bool is_text(const std::string& cell) {
  return !parse_number(cell);
}

class CsvFile : public ArrayFile {
 public:
  explicit CsvFile(const std::string& path) : ArrayFile(path, FileFormat::kCsv), file_(path) {
    text_ = {reinterpret_cast<const char*>(file_.bytes().data()), file_.bytes().size()};
    if (text_.starts_with("\xff\xfe") || text_.starts_with("\xfe\xff")) {
      throw Error(ErrorKind::kFormat, path + ": expected text in UTF-8, got UTF-16");
    }
    delimiter_ = detect_delimiter(text_);
    find_structure();
    count_rows();
    list_arrays();
  }

  void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) override {
    check_matrix_request(*this, info, row_axis, out);
    each_number([&](Index i, Index j, double value, const CsvCell&) {
      (row_axis == 0 ? out(i, j) : out(j, i)) = static_cast<float>(value);
    });
  }

  std::vector<std::int64_t> read_integers(const ArrayInfo& info) override {
    (void)checked_vector_length(*this, info);
    std::vector<std::int64_t> values;
    each_number([&](Index, Index, double value, const CsvCell& cell) {
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
    return info.name == "header" ? header_ : names();
  }

 private:
  [[nodiscard]] CsvScanner scanner() const { return {text_, delimiter_, path_}; }

  // Looks at the first two records: how wide, headings or not, a first column of text or not.
  void find_structure() {
    CsvScanner in = scanner();
    if (in.at_end()) throw Error(ErrorKind::kFormat, path_ + ": expected rows, got an empty file");
    const std::vector<std::string> first = read_record(in);
    const std::vector<std::string> second = in.at_end() ? first : read_record(in);
    width_ = static_cast<Index>(first.size());
    const bool text_below = is_text(second[0]);
    const bool has_header = width_ == 1 ? is_text(first[0]) && !text_below
                                        : std::all_of(first.begin() + 1, first.end(), is_text);
    header_records_ = has_header ? 1 : 0;
    has_names_ = is_text(has_header ? second[0] : first[0]);
    if (has_header) header_.assign(first.begin() + (has_names_ ? 1 : 0), first.end());
    if (!has_header && has_names_ && !text_below) {
      in.fail({1, 1}, "a number as in the next line, or headings throughout", shown(first[0]));
    }
    const auto empty = std::find(header_.begin(), header_.end(), "");
    if (empty != header_.end()) {
      const Index column = width_ - (header_.end() - empty) + 1;
      in.fail({1, column}, "a heading", "an empty cell");
    }
  }

  // Every record must be as wide as the first.
  void count_rows() {
    CsvScanner in = scanner();
    for (rows_ = -header_records_; !in.at_end(); ++rows_) {
      CsvCell cell = in.next();
      while (!cell.last && cell.place.column <= width_) cell = in.next();
      if (cell.place.column == width_ && cell.last) continue;
      const Index got = cell.place.column;
      in.fail(cell.place,
              concat(width_, width_ == 1 ? " cell" : " cells", " as in the first line"),
              concat(got > width_ ? "more" : std::to_string(got)));
    }
    if (rows_ == 0) {
      throw Error(ErrorKind::kFormat, path_ + ": expected rows, got headings only");
    }
  }

  void list_arrays() {
    const Index columns = width_ - (has_names_ ? 1 : 0);
    if (columns > 0) {
      const std::string stem = std::filesystem::path(path_).stem().string();
      arrays_.push_back({stem, ElementType::kFloat64, {rows_, columns}, ""});
    }
    if (has_names_) arrays_.push_back({"names", ElementType::kText, {rows_}, ""});
    if (header_records_ > 0) arrays_.push_back({"header", ElementType::kText, {columns}, ""});
  }

  // Calls body(row, column, cell) for every cell below the headings.
  template <typename Body>
  void each_cell(Body&& body) const {
    CsvScanner in = scanner();
    if (header_records_ > 0) (void)read_record(in);
    for (Index row = 0; row < rows_; ++row) {
      for (Index column = 0; column < width_; ++column) body(row, column, in.next());
    }
  }

  template <typename Body>
  void each_number(Body&& body) const {
    const Index skipped = has_names_ ? 1 : 0;
    each_cell([&](Index row, Index column, const CsvCell& cell) {
      if (column < skipped) return;
      const std::optional<double> value = parse_number(cell.text);
      if (!value) {
        scanner().fail(
            cell.place, "a number", cell.text.empty() ? "an empty cell" : shown(cell.text));
      }
      body(row, column - skipped, *value, cell);
    });
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
  Index width_ = 0;  // cells of a record
  Index rows_ = 0;   // records without the headings
  Index header_records_ = 0;
  bool has_names_ = false;
  std::vector<std::string> header_;
};

}  // namespace

std::unique_ptr<ArrayFile> open_csv(const std::string& path) {
  return std::make_unique<CsvFile>(path);
}

}  // namespace dem
