#include "data/table_split.h"

#include <algorithm>
#include <filesystem>

#include "base/at.h"
#include "base/text.h"
#include "data/gbu_split.h"
#include "data/split_parts.h"
#include "io/csv_scanner.h"
#include "io/formats.h"

namespace dem {
namespace {

SplitParts read_split_parts(const std::string& path,
                            const TableClasses& classes,
                            const TableRows& rows) {
  if (has_text_ending(path)) return read_split_text(path, classes, rows);
  const std::string ending = std::filesystem::path(path).extension().string();
  if (equal_ignoring_case(ending, ".json")) return read_split_json(path, classes, rows);
  return read_split_arrays(path, rows);
}

Split split_by_class(const SplitParts& parts,
                     const TableClasses& classes,
                     const TableLabels& labels) {
  std::vector<bool> has_rows(parts.classes.size());
  Split split;
  for (std::size_t row = 0; row < labels.classes.size(); ++row) {
    if (labels.classes[row] < 0) continue;
    const std::size_t label = at(labels.classes[row]);
    has_rows[label] = true;
    if (parts.classes[label] == ClassPart::kNone) {
      refuse_split(parts.path,
                   "a part for every class that has rows",
                   concat("none for ", shown(classes.names[label])));
    }
    auto& list = parts.classes[label] == ClassPart::kSeen ? split.trainval : split.test_unseen;
    list.push_back(static_cast<Index>(row));
  }
  for (std::size_t c = 0; c < parts.classes.size(); ++c) {
    if (parts.classes[c] != ClassPart::kSeen || has_rows[c]) continue;
    refuse_split(
        parts.path, "seen classes with rows", concat(shown(classes.names[c]), ", with none"));
  }
  return split;
}

std::vector<Index> united(const std::vector<Index>& a, const std::vector<Index>& b) {
  std::vector<Index> out;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

Split split_by_row(const SplitParts& parts,
                   const TableClasses& classes,
                   const TableLabels& labels) {
  const auto& [trainval, train, val, test_seen, test_unseen] = parts.rows;
  for (const auto& rows : parts.rows) {
    for (const Index row : rows) {
      if (labels.classes[at(row)] >= 0) continue;
      refuse_split(parts.path,
                   "rows that have a class",
                   concat("row ", row, " (counted from 0), which has none"));
    }
  }
  const auto list = [&](std::size_t part, const std::vector<Index>& rows) {
    return NumberList{concat(parts.path, ": part ", kRowParts[part]), {rows.begin(), rows.end()}};
  };
  RawSplit raw{list(0, united(trainval, united(train, val))),
               {},
               {},
               list(3, test_seen),
               list(4, test_unseen)};
  if (!train.empty()) raw.train = list(1, train);
  if (!val.empty()) raw.val = list(2, val);
  Split split = make_split(raw, static_cast<Index>(labels.classes.size()), 0);
  check_split_classes(raw, labels.classes, classes.names, split);
  return split;
}

}  // namespace

Split read_table_split(const std::string& path,
                       const TableClasses& classes,
                       const TableLabels& labels) {
  const SplitParts parts = read_split_parts(path, classes, TableRows(labels));
  Split split = parts.classes.empty() ? split_by_row(parts, classes, labels)
                                      : split_by_class(parts, classes, labels);
  if (split.trainval.empty()) refuse_split(path, "at least one training row", "none");
  return split;
}

}  // namespace dem
