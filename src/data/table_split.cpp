#include "data/table_split.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "data/gbu_split.h"
#include "data/text_table.h"
#include "dem/base/error.h"
#include "io/csv_scanner.h"

namespace dem {
namespace {

enum class ClassPart : std::uint8_t { kNone, kSeen, kUnseen };

[[noreturn]] void refuse_split(const std::string& where,
                               std::string_view expected,
                               const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

void drop_heading(TextTable& table) {
  if (equal_ignoring_case(table.cell(0, table.width - 1), "part")) table.drop_first();
  if (table.rows() == 0) refuse_split(table.path, "rows", "headings only");
}

// [num_classes]
std::vector<ClassPart> read_class_parts(const TextTable& table, const TableClasses& classes) {
  std::vector<ClassPart> parts(classes.names.size(), ClassPart::kNone);
  for (Index row = 0; row < table.rows(); ++row) {
    const std::string& name = table.cell(row, 0);
    const std::string& part = table.cell(row, 1);
    ClassPart& known = parts[static_cast<std::size_t>(classes.id(name, table.where(row)))];
    if (known != ClassPart::kNone) {
      refuse_split(table.where(row), "a class once", concat(shown(name), " again"));
    }
    if (part != "seen" && part != "unseen") {
      refuse_split(table.where(row), "part seen or unseen", shown(part));
    }
    known = part == "seen" ? ClassPart::kSeen : ClassPart::kUnseen;
  }
  return parts;
}

Split split_by_class(const TextTable& table,
                     const TableClasses& classes,
                     std::span<const ClassId> labels) {
  const std::vector<ClassPart> parts = read_class_parts(table, classes);
  std::vector<bool> has_rows(parts.size());
  Split split;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const auto label = static_cast<std::size_t>(labels[row]);
    has_rows[label] = true;
    if (parts[label] == ClassPart::kNone) {
      refuse_split(table.path,
                   "a part for every class that has rows",
                   concat("none for ", shown(classes.names[label])));
    }
    auto& list = parts[label] == ClassPart::kSeen ? split.trainval : split.test_unseen;
    list.push_back(static_cast<Index>(row));
  }
  for (std::size_t c = 0; c < parts.size(); ++c) {
    if (parts[c] != ClassPart::kSeen || has_rows[c]) continue;
    refuse_split(
        table.path, "seen classes with rows", concat(shown(classes.names[c]), ", with none"));
  }
  return split;
}

constexpr std::array<const char*, 5> kRowParts = {
    "trainval", "train", "val", "test_seen", "test_unseen"};

// Rows of each of kRowParts.
std::array<std::vector<Index>, 5> rows_of_parts(const TextTable& table) {
  std::array<std::vector<Index>, 5> rows;
  for (Index row = 0; row < table.rows(); ++row) {
    const std::string& part = table.cell(row, 0);
    const auto* found = std::find(kRowParts.begin(), kRowParts.end(), part);
    if (found == kRowParts.end()) {
      refuse_split(table.where(row), concat("one of ", join(kRowParts)), shown(part));
    }
    rows[static_cast<std::size_t>(found - kRowParts.begin())].push_back(row);
  }
  return rows;
}

Split split_by_row(const TextTable& table,
                   const TableClasses& classes,
                   std::span<const ClassId> labels) {
  const auto num_rows = static_cast<Index>(labels.size());
  if (table.rows() != num_rows) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(table.path,
                       ": expected ",
                       num_rows,
                       " rows, a row a label, or two columns, a row a class, got ",
                       table.rows(),
                       " rows"));
  }
  const auto [trainval, train, val, test_seen, test_unseen] = rows_of_parts(table);
  const auto list = [&](std::size_t part, const std::vector<Index>& rows) {
    return NumberList{concat(table.path, ": part ", kRowParts[part]), rows};
  };
  RawSplit raw{list(0, trainval), {}, {}, list(3, test_seen), list(4, test_unseen)};
  std::vector<Index>& trained = raw.trainval.values;
  trained.insert(trained.end(), train.begin(), train.end());
  trained.insert(trained.end(), val.begin(), val.end());
  std::sort(trained.begin(), trained.end());
  if (!train.empty()) raw.train = list(1, train);
  if (!val.empty()) raw.val = list(2, val);
  Split split = make_split(raw, num_rows, 0);
  check_split_classes(raw, labels, classes.names, split);
  return split;
}

}  // namespace

Split read_table_split(const std::string& path,
                       const TableClasses& classes,
                       std::span<const ClassId> labels) {
  TextTable table = read_text_table(path);
  if (table.width > 2) {
    refuse_split(path,
                 "two columns, class and part, or one, a row a label",
                 concat(table.width, " columns"));
  }
  drop_heading(table);
  Split split = table.width == 2 ? split_by_class(table, classes, labels)
                                 : split_by_row(table, classes, labels);
  if (split.trainval.empty()) refuse_split(path, "at least one training row", "none");
  return split;
}

}  // namespace dem
