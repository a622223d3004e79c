#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/character_rows.h"
#include "io/csv_file.h"
#include "io/formats.h"

namespace dem {

CsvFile::CsvFile(const std::string& path) : ArrayFile(path, FileFormat::kCsv), file_(path) {
  text_ = {reinterpret_cast<const char*>(file_.bytes().data()), file_.bytes().size()};
  refuse_utf16(text_, path);
  structure_.dialect = find_csv_dialect(text_);
  CsvScanner start = scanner();
  structure_ = find_csv_structure(start);
  count_rows();
  list_arrays();
  log_csv_index(path, structure_);
}

void CsvFile::read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) {
  check_matrix_request(*this, info, row_axis, out);
  each_number(missing_cells_, [&](Index i, Index j, double value, const CsvCell&) {
    (row_axis == 0 ? out(i, j) : out(j, i)) = static_cast<float>(value);
  });
}

std::vector<std::int64_t> CsvFile::read_integers(const ArrayInfo& info) {
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

std::vector<std::string> CsvFile::read_strings(const ArrayInfo& info) {
  check_text_request(*this, info);
  if (info.name != "header") return names();
  CsvScanner in = scanner();
  return read_csv_headings(in, structure_);
}

// Every record must be as wide as the first.
void CsvFile::count_rows() {
  CsvScanner in = scanner();
  for (Index i = 0; i < structure_.leading_records() && !in.at_end(); ++i) skip_csv_record(in);
  const auto nothing = [](const auto&...) {};
  for (; !in.at_end(); ++rows_) walk_csv_record(in, structure_, rows_, nothing, nothing);
  if (rows_ == 0) {
    throw Error(ErrorKind::kFormat, path_ + ": expected rows, got headings only");
  }
  check_announced_rows(path_, structure_, rows_);
}

void CsvFile::list_arrays() {
  const Index columns = structure_.columns();
  if (columns > 0) {
    const std::string stem = std::filesystem::path(path_).stem().string();
    arrays_.push_back({stem, ElementType::kFloat64, {rows_, columns}, ""});
  }
  if (structure_.has_names) arrays_.push_back({"names", ElementType::kText, {rows_}, ""});
  if (structure_.header_records > 0 && (columns > 0 || !structure_.has_index)) {
    arrays_.push_back({"header", ElementType::kText, {columns}, ""});
  }
}

template <typename Name, typename Number>
void CsvFile::each_cell(Name&& name, Number&& number) const {
  CsvScanner in = scanner();
  for (Index i = 0; i < structure_.leading_records(); ++i) skip_csv_record(in);
  for (Index row = 0; row < rows_; ++row) {
    walk_csv_record(in, structure_, row, name, [&](const CsvCell& cell, Index column) {
      number(cell, row, column);
    });
  }
}

template <typename Body>
void CsvFile::each_number(bool takes_missing, Body&& body) const {
  const auto skip = [](const CsvCell&) {};
  each_cell(skip, [&](const CsvCell& cell, Index row, Index column) {
    const std::optional<double> value = structure_.numbers.parse(cell.text);
    if (!value && !(takes_missing && is_missing_cell(cell.text))) {
      scanner().fail(cell.place, "a number", csv_cell_in_words(cell.text));
    }
    body(row, column, value.value_or(NAN), cell);
  });
}

std::vector<std::string> CsvFile::names() const {
  std::vector<std::string> names;
  const auto add = [&](const CsvCell& cell) {
    if (cell.text.empty()) scanner().fail(cell.place, "a name", "an empty cell");
    names.push_back(utf8_or_latin1(std::string(cell.text)));
  };
  each_cell(add, [](const auto&...) {});
  return names;
}

std::vector<std::pair<std::string, std::string>> CsvFile::in_words() const {
  Index missing = 0, other = 0;
  std::string first_other;
  const auto skip = [](const CsvCell&) {};
  each_cell(skip, [&](const CsvCell& cell, Index, Index) {
    if (structure_.numbers.parse(cell.text)) return;
    if (is_missing_cell(cell.text)) {
      ++missing;
      return;
    }
    if (other++ > 0) return;
    first_other = concat(csv_cell_in_words(cell.text), " on line ", cell.place.line);
    first_other += concat(", column ", cell.place.column);
  });
  auto words = structure_.in_words();
  words.emplace_back("rows x columns", concat(rows_, " x ", structure_.columns()));
  words.emplace_back("missing cells", std::to_string(missing));
  if (other > 0) words.emplace_back("no numbers", concat(other, " cells, the first ", first_other));
  return words;
}

std::unique_ptr<ArrayFile> open_csv(const std::string& path) {
  return std::make_unique<CsvFile>(path);
}

}  // namespace dem
