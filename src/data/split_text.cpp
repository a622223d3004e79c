// Splits in delimited text: a row a class, or a row a sample.
#include <algorithm>

#include "base/at.h"
#include "base/text.h"
#include "data/split_parts.h"
#include "data/text_table.h"
#include "dem/base/error.h"
#include "io/csv_scanner.h"

namespace dem {
namespace {

bool is_class_part(std::string_view part) {
  return part == "seen" || part == "unseen";
}

// Its place in kRowParts.
std::size_t row_part(const TextTable& table, Index row) {
  const std::string& part = table.cell(row, table.width - 1);
  const auto* found = std::find(kRowParts.begin(), kRowParts.end(), part);
  if (found == kRowParts.end()) {
    refuse_split(table.where(row), concat("one of ", join(kRowParts)), shown(part));
  }
  return at(found - kRowParts.begin());
}

void drop_part_heading(TextTable& table) {
  const std::string& last = table.cell(0, table.width - 1);
  if (equal_ignoring_case(last, "part") || equal_ignoring_case(last, "split")) table.drop_first();
  if (table.rows() == 0) refuse_split(table.path, "rows", "headings only");
}

void add_class_parts(const TextTable& table, const TableClasses& classes, SplitParts& parts) {
  parts.classes.assign(classes.names.size(), ClassPart::kNone);
  for (Index row = 0; row < table.rows(); ++row) {
    const std::string& name = table.cell(row, 0);
    const std::string& part = table.cell(row, 1);
    ClassPart& known = parts.classes[at(classes.id(name, table.where(row)))];
    if (known != ClassPart::kNone) {
      refuse_split(table.where(row), "a class once", concat(shown(name), " again"));
    }
    if (!is_class_part(part)) refuse_split(table.where(row), "part seen or unseen", shown(part));
    known = part == "seen" ? ClassPart::kSeen : ClassPart::kUnseen;
  }
}

void add_rows_by_name(const TextTable& table, const TableRows& rows, SplitParts& parts) {
  std::vector<bool> known(at(rows.size()));
  for (Index row = 0; row < table.rows(); ++row) {
    const std::size_t part = row_part(table, row);
    const std::optional<Index> place = rows.row(table.cell(row, 0), table.where(row));
    if (!place) continue;
    if (known[at(*place)]) {
      refuse_split(table.where(row), "a sample once", shown(table.cell(row, 0)) + " again");
    }
    known[at(*place)] = true;
    parts.rows[part].push_back(*place);
  }
  for (std::vector<Index>& list : parts.rows) std::sort(list.begin(), list.end());
}

void add_rows_by_place(const TextTable& table, const TableRows& rows, SplitParts& parts) {
  rows.require_in_order(table.path);
  if (table.rows() != rows.size()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(table.path,
                       ": expected ",
                       rows.size(),
                       " rows, a row a label, or two columns, a row a class, got ",
                       table.rows(),
                       " rows"));
  }
  for (Index row = 0; row < table.rows(); ++row) {
    parts.rows[row_part(table, row)].push_back(row);
  }
}

}  // namespace

SplitParts read_split_text(const std::string& path,
                           const TableClasses& classes,
                           const TableRows& rows) {
  TextTable table = read_text_table(path, CsvFirstColumn::kCells);
  if (table.width > 2) {
    refuse_split(path,
                 "two columns, class or sample and part, or one, a row a label",
                 concat(table.width, " columns"));
  }
  drop_part_heading(table);
  SplitParts parts;
  parts.path = path;
  if (table.width == 1) {
    add_rows_by_place(table, rows, parts);
    return parts;
  }
  const std::string& part = table.cell(0, 1);
  const bool by_sample = std::find(kRowParts.begin(), kRowParts.end(), part) != kRowParts.end();
  if (by_sample) {
    add_rows_by_name(table, rows, parts);
  } else {
    add_class_parts(table, classes, parts);
  }
  return parts;
}

}  // namespace dem
