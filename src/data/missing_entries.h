// What a table of descriptions has that may be missing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

inline constexpr float kMissingMark = -1.0f;  // of a missing entry in published tables

struct TableEntry {
  Index row, column;
};

struct MissingEntries {
  Index not_finite = 0;
  Index marks = 0;                                         // entries of -1
  std::optional<TableEntry> first_not_finite, first_mark;  // row by row
  bool negative = false;                                   // others are below 0
  bool positive = false;                                   // others are above 0
  bool two_valued = true;                                  // no others than 0 and 1
  Index column_of_marks = -1;  // an attribute whose entries are all -1; -1: none
  std::vector<Index> zero_rows;

  // Whether entries of -1 may as well be numbers.
  [[nodiscard]] bool marks_in_doubt() const { return two_valued || column_of_marks >= 0; }
  // As AWA1 and AWA2 mark missing entries.
  [[nodiscard]] bool has_marks() const { return marks > 0 && !negative && positive; }
  // Entries that are taken as missing, of rows so wide.
  [[nodiscard]] Index count(Index width) const {
    return not_finite + (has_marks() ? marks : 0) + static_cast<Index>(zero_rows.size()) * width;
  }
};

[[nodiscard]] bool is_zero_row(std::span<const float> row);
// table [num_classes, dim].
[[nodiscard]] MissingEntries missing_entries_of(MatrixView<const float> table);

// A table in messages.
struct NamedTable {
  std::string name;
  std::span<const std::string> columns;    // what they mean, or empty
  std::string file = {};                   // where it was read, or empty
  std::span<const std::string> rows = {};  // the classes, or empty

  [[nodiscard]] std::string column(Index d) const;
  // 'class "ox", attribute "legs"'.
  [[nodiscard]] std::string place(const TableEntry& entry) const;
};

[[noreturn]] void refuse_missing(const NamedTable& table,
                                 const std::string& expected,
                                 const std::string& got);
// Throws Error{kFormat} for missing entries, `count` of them, saying where the first one is.
[[noreturn]] void refuse_entries(const NamedTable& table,
                                 const MissingEntries& entries,
                                 Index count);
// Throws Error{kFormat} where entries of -1 may as well be numbers.
void refuse_doubt(const NamedTable& table, const MissingEntries& entries);

}  // namespace dem
