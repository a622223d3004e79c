#include "data/missing_entries.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

void count_entry(float value, const TableEntry& place, MissingEntries& entries) {
  if (!std::isfinite(value)) {
    if (++entries.not_finite == 1) entries.first_not_finite = place;
  } else if (value == kMissingMark) {
    if (++entries.marks == 1) entries.first_mark = place;
  } else {
    entries.negative = entries.negative || value < 0.0f;
    entries.positive = entries.positive || value > 0.0f;
    entries.two_valued = entries.two_valued && (value == 0.0f || value == 1.0f);
  }
}

Index find_column_of_marks(MatrixView<const float> table) {
  for (Index d = 0; d < table.cols(); ++d) {
    Index c = 0;
    while (c < table.rows() && table(c, d) == kMissingMark) ++c;
    if (c == table.rows()) return d;
  }
  return -1;
}

}  // namespace

bool is_zero_row(std::span<const float> row) {
  return std::all_of(row.begin(), row.end(), [](float v) { return v == 0.0f; });
}

MissingEntries missing_entries_of(MatrixView<const float> table) {
  MissingEntries entries;
  for (Index c = 0; c < table.rows(); ++c) {
    for (Index d = 0; d < table.cols(); ++d) count_entry(table(c, d), {c, d}, entries);
    if (is_zero_row(table.row(c))) entries.zero_rows.push_back(c);
  }
  if (entries.marks >= table.rows()) entries.column_of_marks = find_column_of_marks(table);
  return entries;
}

std::string NamedTable::column(Index d) const {
  return columns.empty() ? concat("column ", d, " (counted from 0)")
                         : concat("attribute \"", columns[at(d)], '"');
}

std::string NamedTable::place(const TableEntry& entry) const {
  const std::string row = rows.empty() ? concat("row ", entry.row, " (counted from 0)")
                                       : concat("class \"", rows[at(entry.row)], '"');
  return concat(row, ", ", column(entry.column));
}

void refuse_missing(const NamedTable& table, const std::string& expected, const std::string& got) {
  const std::string file = table.file.empty() ? "" : table.file + ": ";
  throw Error(ErrorKind::kFormat, concat(file, table.name, ": expected ", expected, ", got ", got));
}

void refuse_entries(const NamedTable& table, const MissingEntries& entries, Index count) {
  std::optional<TableEntry> first = entries.first_not_finite;
  if (!first && entries.has_marks()) first = entries.first_mark;
  if (!first && !entries.zero_rows.empty()) first = TableEntry{entries.zero_rows[0], 0};
  refuse_missing(table,
                 "descriptions without missing entries",
                 concat(count, " missing", first ? ", one of them of " + table.place(*first) : ""));
}

void refuse_doubt(const NamedTable& table, const MissingEntries& entries) {
  std::string beside;
  if (entries.not_finite > 0) {
    beside = concat(entries.not_finite,
                    " that are not finite, the first of ",
                    table.place(*entries.first_not_finite));
  } else if (entries.two_valued) {
    beside = "0 and 1 alone";
  } else if (entries.column_of_marks >= 0) {
    beside = concat("no other in ", table.column(entries.column_of_marks));
  }
  if (beside.empty()) return;
  const bool must_fill = entries.not_finite > 0;  // these cannot be kept
  refuse_missing(
      table,
      concat("to be told whether -1 is missing (missing descriptions mean) or a number (",
             must_fill ? "missing descriptions nan, which fills in what is not finite"
                       : "missing descriptions keep",
             ")"),
      concat(entries.marks,
             " entries of -1, the first of ",
             table.place(*entries.first_mark),
             ", beside ",
             beside));
}

}  // namespace dem
