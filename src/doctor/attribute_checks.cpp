// Columns of tables of descriptions.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/at.h"
#include "base/text.h"
#include "doctor/checks.h"

namespace dem {
namespace {

bool is_constant(MatrixView<const float> table, Index column, const std::vector<Index>& rows) {
  return std::all_of(rows.begin(), rows.end(), [&](Index c) {
    return table(c, column) == table(rows[0], column);
  });
}

// The classes with training rows.
std::vector<Index> seen_rows(const Specimen& specimen) {
  const std::vector<Index> trained = specimen.rows_a_class(Part::kTrainval);
  std::vector<Index> rows;
  for (std::size_t c = 0; c < trained.size(); ++c) {
    if (trained[c] > 0) rows.push_back(static_cast<Index>(c));
  }
  return rows;
}

std::vector<Index> all_rows(Index count) {
  std::vector<Index> rows(at(count));
  for (std::size_t c = 0; c < rows.size(); ++c) rows[c] = static_cast<Index>(c);
  return rows;
}

void add_constant(const DescriptionTable& table,
                  const std::vector<Index>& columns,
                  Findings& findings) {
  if (columns.empty()) return;
  findings.push_back({.id = "constant-attributes",
                      .title = concat(columns.size(),
                                      " of ",
                                      table.values.cols(),
                                      columns.size() == 1 ? " attributes is" : " attributes are",
                                      " the same for all classes"),
                      .where = table.where,
                      .columns = column_names(columns, table.dimensions),
                      .count = std::ssize(columns),
                      .cost = "they tell no class from another",
                      .mend = "nothing need be done; they can be left out"});
}

void add_unvarying(const DescriptionTable& table,
                   const std::vector<Index>& columns,
                   std::size_t num_seen,
                   Findings& findings) {
  if (columns.empty()) return;
  findings.push_back(
      {.id = "attributes-constant-in-training",
       .title = concat(columns.size(),
                       " of ",
                       table.values.cols(),
                       columns.size() == 1 ? " attributes varies" : " attributes vary",
                       " among all classes, but not among the ",
                       num_seen,
                       " seen ones"),
       .where = table.where,
       .columns = column_names(columns, table.dimensions),
       .count = std::ssize(columns),
       .cost = "nothing can be learned about them, and what unseen classes have there "
               "is noise to a model",
       .mend = "describe classes by what seen classes differ in, too, or leave these "
               "out"});
}

std::string column_bytes(MatrixView<const float> table, Index column) {
  std::string bytes;
  for (Index c = 0; c < table.rows(); ++c) {
    const float value = table(c, column);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return bytes;
}

}  // namespace

void check_description_range(const Specimen& specimen, Findings& findings) {
  for (const DescriptionTable& table : specimen.tables) {
    std::vector<Index> columns;
    for (Index d = 0; d < table.values.cols(); ++d) {
      for (Index c = 0; c < table.values.rows(); ++c) {
        if (std::isfinite(table.values(c, d)) && std::fabs(table.values(c, d)) > kHighestFloat16) {
          columns.push_back(d);
          break;
        }
      }
    }
    if (columns.empty()) continue;
    findings.push_back(
        {.id = "descriptions-beyond-float16",
         .severity = Severity::kWarning,
         .title = concat(counted(std::ssize(columns), "attribute has", "attributes have"),
                         " values beyond 65504, the highest that float16 takes"),
         .where = table.where,
         .columns = column_names(columns, table.dimensions),
         .count = std::ssize(columns),
         .cost = "recipe mindspore rounds descriptions of unseen classes to float16, "
                 "where these are infinite",
         .mend = "scale the attribute"});
  }
}

void check_constant_attributes(const Specimen& specimen, Findings& findings) {
  const std::vector<Index> seen = seen_rows(specimen);
  for (const DescriptionTable& table : specimen.tables) {
    if (table.values.rows() != specimen.num_classes() || table.values.rows() < 2) continue;
    const std::vector<Index> all = all_rows(table.values.rows());
    std::vector<Index> constant, unvarying;
    for (Index d = 0; d < table.values.cols(); ++d) {
      if (is_constant(table.values, d, all)) {
        constant.push_back(d);
      } else if (seen.size() > 1 && is_constant(table.values, d, seen)) {
        unvarying.push_back(d);
      }
    }
    add_constant(table, constant, findings);
    add_unvarying(table, unvarying, seen.size(), findings);
  }
}

void check_equal_attributes(const Specimen& specimen, Findings& findings) {
  for (const DescriptionTable& table : specimen.tables) {
    if (table.values.rows() < 2) continue;
    const std::vector<Index> all = all_rows(table.values.rows());
    std::unordered_map<std::string, Index> known;
    std::vector<Index> repeated;
    for (Index d = 0; d < table.values.cols(); ++d) {
      if (is_constant(table.values, d, all)) continue;
      if (!known.emplace(column_bytes(table.values, d), d).second) repeated.push_back(d);
    }
    if (repeated.empty()) continue;
    findings.push_back(
        {.id = "equal-attributes",
         .title = concat(counted(std::ssize(repeated), "attribute repeats", "attributes repeat"),
                         " another one, class by class"),
         .where = table.where,
         .columns = column_names(repeated, table.dimensions),
         .count = std::ssize(repeated),
         .cost = "what they say counts twice",
         .mend = "leave them out, unless that is meant"});
  }
}

}  // namespace dem
