#include "data/class_columns.h"

#include <map>

#include "base/join_some.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

using Columns = std::vector<std::vector<Index>>;

const std::vector<std::string>& names_of(const ClassTable& known, std::size_t space) {
  static const std::vector<std::string> kNone;
  return known.dimension_names.empty() ? kNone : known.dimension_names[space];
}

std::map<std::string, Index> columns_by_name(const std::vector<std::string>& header,
                                             const std::string& where) {
  std::map<std::string, Index> columns;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (columns.emplace(header[i], static_cast<Index>(i)).second) continue;
    throw Error(ErrorKind::kFormat,
                concat(where, ": expected a heading once, got \"", header[i], "\" twice"));
  }
  return columns;
}

void check_width(Index num_columns,
                 const ClassTable& known,
                 const std::vector<std::size_t>& spaces,
                 const std::string& where) {
  Index total = 0;
  std::vector<std::string> parts;
  for (const std::size_t space : spaces) {
    total += known.embeddings[space].cols();
    parts.push_back(concat(known.spaces[space], " ", known.embeddings[space].cols()));
  }
  if (num_columns == total) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat(where,
                     ": expected ",
                     total,
                     " columns of numbers (",
                     join(parts),
                     "), got ",
                     num_columns));
}

// Takes the named dimensions' columns out of `left`.
void match_names(const ClassTable& known,
                 const std::vector<std::size_t>& spaces,
                 std::map<std::string, Index>& left,
                 Columns& columns,
                 const std::string& where) {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < spaces.size(); ++i) {
    for (const std::string& name : names_of(known, spaces[i])) {
      const auto found = left.find(name);
      if (found == left.end()) {
        missing.push_back(concat('"', name, '"'));
        continue;
      }
      columns[i].push_back(found->second);
      left.erase(found);
    }
  }
  if (missing.empty()) return;
  throw Error(
      ErrorKind::kFormat,
      concat(where,
             ": expected a column for each dimension that the model knows by name, got none "
             "for ",
             join_some(missing)));
}

}  // namespace

Columns match_columns(const std::vector<std::string>& header,
                      Index num_columns,
                      const ClassTable& known,
                      const std::vector<std::size_t>& spaces,
                      const std::string& where) {
  Columns columns(spaces.size());
  std::map<std::string, Index> left;
  bool by_name = false;
  for (const std::size_t space : spaces) by_name |= !names_of(known, space).empty();
  if (by_name && header.empty()) {
    log(LogLevel::kWarning,
        concat(where, ": has no headings, so columns are taken in the model's order"));
  }
  if (by_name && !header.empty()) {
    left = columns_by_name(header, where);
    match_names(known, spaces, left, columns, where);
  } else {
    for (Index i = 0; i < num_columns; ++i) left.emplace(concat(i), i);
  }
  // What is left, in the order of the file, are the dimensions without names.
  std::map<Index, std::string> in_order;
  for (const auto& [name, column] : left) in_order.emplace(column, name);
  std::size_t nameless = 0;
  for (std::size_t i = 0; i < spaces.size(); ++i) {
    if (columns[i].empty())
      nameless += static_cast<std::size_t>(known.embeddings[spaces[i]].cols());
  }
  if (nameless == 0 && !in_order.empty()) {
    std::vector<std::string> unknown;
    for (const auto& [column, name] : in_order) unknown.push_back(concat('"', name, '"'));
    throw Error(
        ErrorKind::kFormat,
        concat(where, ": expected columns that the model knows by name, got ", join_some(unknown)));
  }
  if (in_order.size() != nameless) check_width(num_columns, known, spaces, where);
  auto next = in_order.begin();
  for (std::size_t i = 0; i < spaces.size(); ++i) {
    if (!columns[i].empty()) continue;
    for (Index d = 0; d < known.embeddings[spaces[i]].cols(); ++d) {
      columns[i].push_back((next++)->first);
    }
  }
  return columns;
}

}  // namespace dem
