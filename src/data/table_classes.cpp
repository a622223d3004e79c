#include "data/table_classes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "base/text.h"
#include "data/text_table.h"
#include "dem/base/error.h"
#include "io/csv_structure.h"

namespace dem {
namespace {

[[noreturn]] void refuse_cell(const std::string& where,
                              std::string_view expected,
                              const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

bool is_number(const std::string& text) {
  return parse_csv_number(text).has_value();
}

bool is_whole_number(const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

bool is_one_of(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return equal_ignoring_case(text, word);
  });
}

bool has_headings(const TextTable& table) {
  if (is_one_of(table.cell(0, 0), {"class", "classes", "class_name", "name", "names"})) return true;
  bool names_something = false;  // a class of which nothing is known is none
  for (Index column = 1; column < table.width; ++column) {
    if (is_number(table.cell(0, column))) return false;
    names_something = names_something || !is_missing_cell(table.cell(0, column));
  }
  return names_something;
}

std::vector<std::string> take_headings(TextTable& table) {
  if (!has_headings(table)) return {};
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

void take_class_names(const TextTable& table, TableClasses& classes) {
  for (Index row = 0; row < table.rows(); ++row) {
    const std::string& name = table.cell(row, 0);
    if (name.empty()) refuse_cell(table.where(row), "a class' name", "an empty cell");
    const auto [known, added] = classes.ids.emplace(name, static_cast<ClassId>(row));
    if (!added) {
      refuse_cell(table.where(row),
                  "a class once",
                  concat(shown(name),
                         " again (also on line ",
                         table.lines[static_cast<std::size_t>(known->second)],
                         ")"));
    }
    classes.names.push_back(name);
  }
}

// Missing entries become NaN where they may be missing.
Matrix<float> take_attributes(const TextTable& table, bool may_be_missing) {
  Matrix<float> attributes(table.rows(), table.width - 1);
  for (Index row = 0; row < attributes.rows(); ++row) {
    for (Index d = 0; d < attributes.cols(); ++d) {
      const std::string& text = table.cell(row, d + 1);
      const std::optional<double> number = parse_csv_number(text);
      const auto value = static_cast<float>(number.value_or(NAN));
      const bool missing = may_be_missing && (number || is_missing_cell(text));
      if (!std::isfinite(value) && !missing) {
        refuse_cell(concat(table.where(row), ", column ", d + 2),
                    "a finite number",
                    text.empty() ? "an empty cell" : shown(text));
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

TableClasses read_table_classes(const std::string& path, bool may_be_missing) {
  TextTable table = read_text_table(path);
  TableClasses classes;
  classes.path = path;
  classes.attribute_names = take_headings(table);
  take_class_names(table, classes);
  classes.attributes = take_attributes(table, may_be_missing);
  return classes;
}

}  // namespace dem
