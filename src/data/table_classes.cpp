#include "data/table_classes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "base/text.h"
#include "data/class_rows.h"
#include "data/text_table.h"
#include "dem/base/error.h"
#include "dem/data/class_file.h"
#include "io/csv_facts.h"
#include "io/csv_numbers.h"
#include "io/formats.h"

namespace dem {
namespace {

[[noreturn]] void refuse_cell(const std::string& where,
                              std::string_view expected,
                              const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

bool is_number(const std::string& text) {
  return csv_number_kind(text) != CsvNumberKind::kNone;
}

bool is_whole_number(const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

std::vector<std::string> take_headings(TextTable& table) {
  if (table.structure.header_records == 0) return {};
  std::vector<std::string> headings;
  std::set<std::string_view> known;
  for (Index column = 1; column < table.width; ++column) {
    const std::string& heading = table.cell(0, column);
    const std::string where = concat(table.where(0), ", column ", column + 1);
    if (heading.empty()) refuse_cell(where, "a heading", "an empty cell");
    if (!known.insert(heading).second) {
      refuse_cell(where, "a heading once", concat(shown(heading), " again"));
    }
    headings.push_back(heading);
  }
  table.drop_first();
  if (table.rows() == 0) refuse_cell(table.path, "classes", "headings only");
  return headings;
}

// `place_of(row)` says where a row's name stands, for messages.
template <typename PlaceOf>
void take_class_name(const std::string& name,
                     Index row,
                     TableClasses& classes,
                     const PlaceOf& place_of) {
  if (name.empty()) refuse_cell(place_of(row), "a class' name", "an empty cell");
  const auto [known, added] = classes.ids.emplace(name, static_cast<ClassId>(row));
  if (!added) {
    refuse_cell(place_of(row),
                "a class once",
                concat(shown(name), " again (also ", place_of(known->second), ")"));
  }
  classes.names.push_back(name);
}

// Missing entries become NaN where they may be missing.
Matrix<float> take_attributes(const TextTable& table, bool may_be_missing) {
  Matrix<float> attributes(table.rows(), table.width - 1);
  for (Index row = 0; row < attributes.rows(); ++row) {
    for (Index d = 0; d < attributes.cols(); ++d) {
      const std::string& text = table.cell(row, d + 1);
      const std::optional<double> number = table.structure.numbers.parse(text);
      const auto value = static_cast<float>(number.value_or(NAN));
      const bool missing = may_be_missing && (number || is_missing_cell(text));
      if (!std::isfinite(value) && !missing) {
        refuse_cell(concat(table.where(row), ", column ", d + 2),
                    "a finite number",
                    number ? shown(text) : csv_cell_in_words(text));
      }
      attributes(row, d) = value;
    }
  }
  return attributes;
}

}  // namespace

ClassId TableClasses::id(const std::string& name, const std::string& where) const {
  const auto found = ids.find(name);
  if (found != ids.end()) return found->second;
  const bool unsettled =
      is_whole_number(name) && std::none_of(names.begin(), names.end(), is_number);
  refuse_cell(where,
              concat("a class of ", path),
              concat(shown(name),
                     unsettled ? "; numbers are not taken for places there, since they may count "
                                 "from 0 or from 1: give the names of the classes instead, or put "
                                 "these numbers into the first column there"
                               : ""));
}

namespace {

// Under such a heading numbers that count are places of classes rather than an attribute.
void refuse_counting_columns(const TableClasses& classes) {
  constexpr std::string_view kOfPlaces[] = {"id", "index", "class_id", "class_index", "label"};
  for (std::size_t d = 0; d < classes.attribute_names.size(); ++d) {
    const std::string& heading = classes.attribute_names[d];
    const bool is_of_places =
        std::any_of(std::begin(kOfPlaces), std::end(kOfPlaces), [&](std::string_view word) {
          return equal_ignoring_case(heading, word);
        });
    if (!is_of_places || classes.attributes.rows() < 2) continue;
    const auto column = static_cast<Index>(d);
    bool counts = true;
    for (Index c = 1; c < classes.attributes.rows() && counts; ++c) {
      counts = classes.attributes(c, column) == classes.attributes(c - 1, column) + 1.0f;
    }
    if (!counts) continue;
    refuse_cell(classes.path,
                "attributes behind the names",
                concat("numbers that count the classes under the heading ",
                       shown(heading),
                       " (leave that column out, or give it another heading)"));
  }
}

TableClasses read_class_text(const std::string& path, bool may_be_missing) {
  TextTable table = read_text_table(path, CsvFirstColumn::kNames);
  TableClasses classes;
  classes.path = path;
  classes.attribute_names = take_headings(table);
  for (Index row = 0; row < table.rows(); ++row) {
    take_class_name(
        table.cell(row, 0), row, classes, [&](Index which) { return table.where(which); });
  }
  classes.attributes = take_attributes(table, may_be_missing);
  refuse_counting_columns(classes);
  return classes;
}

// Those of the file, or of a list beside it.
std::vector<std::string> names_of(ClassRows& rows,
                                  const std::string& path,
                                  const std::string* names_file) {
  if (names_file != nullptr && !names_file->empty()) {
    std::vector<std::string> names = read_name_list(*names_file);
    if (static_cast<Index>(names.size()) == rows.values.rows()) return names;
    throw Error(ErrorKind::kShapeMismatch,
                concat(path,
                       ": expected ",
                       names.size(),
                       " rows, a row a name of ",
                       *names_file,
                       ", got ",
                       rows.values.rows()));
  }
  if (rows.names) return std::move(*rows.names);
  refuse_cell(path,
              concat("a text array \"names\" beside the rows",
                     names_file == nullptr ? "" : ", or a list of names in a file of its own"),
              "none");
}

TableClasses read_class_arrays(const std::string& path,
                               bool may_be_missing,
                               const std::string* names_file) {
  const auto missing = may_be_missing ? MissingDescriptions::kMean : MissingDescriptions::kKeep;
  ClassRows rows = read_class_rows(path, missing);
  const std::vector<std::string> names = names_of(rows, path, names_file);
  TableClasses classes;
  classes.path = path;
  classes.attribute_names = std::move(rows.dimension_names);
  classes.attributes = std::move(rows.values);
  for (std::size_t row = 0; row < names.size(); ++row) {
    take_class_name(names[row], static_cast<Index>(row), classes, [&](Index which) {
      return concat(path, ": row ", which, " (counted from 0)");
    });
  }
  return classes;
}

}  // namespace

TableClasses read_table_classes(const std::string& path,
                                bool may_be_missing,
                                const std::string* names_file) {
  const bool names_in_text = names_file == nullptr || names_file->empty();
  return is_csv_file(path) && names_in_text ? read_class_text(path, may_be_missing)
                                            : read_class_arrays(path, may_be_missing, names_file);
}

}  // namespace dem
