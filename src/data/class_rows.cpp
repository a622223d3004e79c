#include "data/class_rows.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "base/at.h"
#include "base/sequential_file.h"
#include "base/text.h"
#include "data/array_access.h"
#include "data/fill_descriptions.h"
#include "data/name_match.h"
#include "data/named_array.h"
#include "data/split_file_table.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "io/csv_file.h"
#include "io/csv_rows.h"
#include "linalg/picked_rows.h"

namespace dem {
namespace {

using Names = std::vector<std::string>;

// The numbers of a file with one array of them, and how they lie.
struct Table {
  ArrayRef array;
  int row_axis = 0;
  std::optional<Names> names;
};

bool is_text_file(const ArrayFile& file) {
  return file.format() == FileFormat::kCsv;
}

// The axis is that of the names where these fit one alone. num_classes: that are wanted, 0 any.
Table open_table(ArrayFile& file, Index num_classes) {
  if (auto split = find_split_file_table(file, num_classes)) {
    return {split->array, split->class_axis, std::move(split->names)};
  }
  Table table{only_array(file), 0, std::nullopt};
  const std::vector<Index>& shape = table.array.info->shape;
  if (shape.size() != 2) return table;
  table.names = names_beside(file, shape[0]);
  if (!table.names && !is_text_file(file) && shape[0] != shape[1]) {
    table.names = names_beside(file, shape[1]);
    if (table.names) table.row_axis = 1;
  }
  if (!table.names) return table;
  if (may_have_columns(file) && shape[0] == shape[1]) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(table.array.where(),
                       ": ",
                       shape[0],
                       " classes and as many dimensions: cannot tell which axis is which; expected "
                       "a class a row of a .csv, .npz or .safetensors file"));
  }
  const auto count = static_cast<Index>(table.names->size());
  if (count != shape[0] && count == shape[1]) table.row_axis = 1;
  if (count == shape[at(table.row_axis)]) return table;
  throw Error(ErrorKind::kShapeMismatch,
              concat(table.array.where(),
                     ": expected ",
                     count,
                     " rows, a row a name beside them, got ",
                     to_string(*table.array.info)));
}

// The index that a file of text has in place of names.
std::optional<Names> index_of(const ArrayFile& file) {
  const auto* text = dynamic_cast<const CsvFile*>(&file);
  if (text == nullptr || !text->structure().has_index) return std::nullopt;
  Names names;
  for (Index i = 0; i < text->rows(); ++i) {
    names.push_back(std::to_string(text->structure().index_base + i));
  }
  return names;
}

bool same_set(Names a, std::span<const std::string> b) {
  Names sorted(b.begin(), b.end());
  std::sort(a.begin(), a.end());
  std::sort(sorted.begin(), sorted.end());
  return a == sorted;
}

// Names that are numbers: an index, or a first column that holds just the names of the classes,
// which is taken out.
bool is_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// Classes are called by numbers, and a first column of different whole numbers has others: names
// that are spelt otherwise ("007"), or of other classes, rather than a dimension.
void refuse_numbers_like_names(const ArrayFile& file,
                               const ClassRows& rows,
                               std::span<const std::string> classes) {
  if (!std::all_of(classes.begin(), classes.end(), is_digits)) return;
  std::set<float> different;
  for (Index i = 0; i < rows.values.rows(); ++i) {
    const float value = rows.values(i, 0);
    if (!(value >= 0.0f) || value != std::floor(value)) return;
    different.insert(value);
  }
  if (static_cast<Index>(different.size()) != rows.values.rows() || rows.values.rows() < 2) return;
  throw Error(ErrorKind::kFormat,
              concat(file.path(),
                     ": expected the classes' names in the first column, or no whole numbers "
                     "there, got numbers that are no names of classes (put the names before all "
                     "numbers, under the heading \"class\")"));
}

std::optional<Names> take_numbered_names(const ArrayFile& file,
                                         std::span<const std::string> classes,
                                         ClassRows& rows) {
  if (!is_text_file(file)) return std::nullopt;
  if (auto index = index_of(file)) {
    return same_set(*index, classes) ? index : std::nullopt;
  }
  const Matrix<float>& values = rows.values;
  if (values.cols() < 2) return std::nullopt;
  Names first;
  for (Index i = 0; i < values.rows(); ++i) first.push_back(concat(values(i, 0)));
  if (!same_set(first, classes)) {
    refuse_numbers_like_names(file, rows, classes);
    return std::nullopt;
  }
  Matrix<float> rest(values.rows(), values.cols() - 1);
  for (Index i = 0; i < rest.rows(); ++i) {
    for (Index j = 0; j < rest.cols(); ++j) rest(i, j) = values(i, j + 1);
  }
  rows.values = std::move(rest);
  if (!rows.dimension_names.empty()) {
    rows.dimension_names.erase(rows.dimension_names.begin());
  }
  return first;
}

std::unique_ptr<RowReader> open_rows(const Table& table, bool takes_missing) {
  ArrayFile& file = *table.array.file;
  if (!is_text_file(file)) return file.open_rows(*table.array.info, table.row_axis);
  auto rows = CsvRows::open(std::make_unique<SequentialFile>(file.path()), "");
  if (takes_missing) rows->take_missing_cells();
  return rows;
}

// The rows of those places alone; the others are passed over.
Matrix<float> read_places(const Table& table, std::span<const Index> places, bool takes_missing) {
  std::vector<std::size_t> order(places.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return places[a] < places[b]; });
  const auto reader = open_rows(table, takes_missing);
  Matrix<float> out(static_cast<Index>(places.size()), reader->cols());
  for (const std::size_t i : order) {
    reader->skip(places[i] - reader->position());
    const MatrixView<float> row = out.view().row_block(static_cast<Index>(i), 1);
    if (reader->read(row) != 1) {
      throw Error(ErrorKind::kFormat,
                  concat(table.array.where(), ": expected row ", places[i], ", got the end"));
    }
    if (!takes_missing) require_finite(table.array, table.row_axis, row, places[i]);
  }
  return out;
}

Matrix<float> read_all(const Table& table,
                       MissingDescriptions missing,
                       Extents expected,
                       const std::string& why) {
  return read_descriptions(table.array, table.row_axis, expected, why, missing);
}

}  // namespace

std::span<const std::string_view> class_name_arrays() {
  static constexpr std::string_view kNames[] = {"names", "class_names", "allclasses_names"};
  return kNames;
}

std::optional<Names> names_beside(ArrayFile& file, Index num_rows) {
  for (const std::string_view name : class_name_arrays()) {
    const ArrayInfo* info = file.find(name);
    if (info == nullptr) continue;
    if (info->type == ElementType::kText) return file.read_strings(*info);
    if (info->type == ElementType::kOther) {
      throw Error(
          ErrorKind::kFormat,
          concat(
              file.path(), ": expected text in variable ", info->name, ", got ", to_string(*info)));
    }
  }
  if (is_text_file(file)) return std::nullopt;
  std::optional<Names> found;
  std::string found_as;
  for (const ArrayInfo& info : file.arrays()) {
    if (info.type != ElementType::kText) continue;
    Names names = file.read_strings(info);
    if (static_cast<Index>(names.size()) != num_rows) continue;
    if (found) {
      throw Error(ErrorKind::kFormat,
                  concat(file.path(),
                         ": expected one text of ",
                         num_rows,
                         " names, or one called names, got ",
                         found_as,
                         " and ",
                         info.name));
    }
    found = std::move(names);
    found_as = info.name;
  }
  return found;
}

ClassRows read_class_rows(const std::string& path, MissingDescriptions missing) {
  const auto file = ArrayFile::open(path);
  Table table = open_table(*file, 0);
  ClassRows rows;
  rows.values = read_all(table, missing, {}, "a row a class");
  rows.names = std::move(table.names);
  rows.dimension_names = headings_of(*file);
  return rows;
}

ClassRows read_rows_of_classes(const std::string& path,
                               const WantedClasses& classes,
                               MissingDescriptions missing) {
  const auto file = ArrayFile::open(path);
  const auto num_classes = static_cast<Index>(classes.names.size());
  Table table = open_table(*file, num_classes);
  ClassRows rows;
  rows.dimension_names = headings_of(*file);
  if (table.names && classes.named) {
    const std::vector<Index> places = match_names(path, *table.names, classes.names, classes.whose);
    (void)checked_extents(table.array, table.row_axis, {}, "a row a class");
    rows.values = read_places(table, places, fills_in(missing));
    rows.names = Names(classes.names.begin(), classes.names.end());
    return rows;
  }
  const std::string why = concat("a row a class of ", classes.whose);
  rows.values = read_all(table, missing, {num_classes, 0}, why);
  if (table.names) {
    log(LogLevel::kWarning,
        concat(path,
               ": has names, but the classes of ",
               classes.whose,
               " have none: rows are taken in their order"));
    return rows;
  }
  rows.names = take_numbered_names(*file, classes.names, rows);
  if (rows.names) {
    const std::vector<Index> places = match_names(path, *rows.names, classes.names, classes.whose);
    rows.values = picked_rows<float, Index>(rows.values, places);
    rows.names = Names(classes.names.begin(), classes.names.end());
  }
  return rows;
}

}  // namespace dem
