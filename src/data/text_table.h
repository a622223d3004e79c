// Delimited text whose cells are names, as text throughout.
#pragma once

#include <string>
#include <vector>

#include "dem/base/types.h"

namespace dem {

struct TextTable {
  std::string path;
  Index width = 0;                 // cells of every record
  std::vector<std::string> cells;  // [rows * width]
  std::vector<Index> lines;        // [rows]: where each record begins, counted from 1

  [[nodiscard]] Index rows() const { return static_cast<Index>(lines.size()); }
  [[nodiscard]] const std::string& cell(Index row, Index column) const {
    return cells[static_cast<std::size_t>(row * width + column)];
  }
  // "PATH: line 3", for messages.
  [[nodiscard]] std::string where(Index row) const;
  // Takes the first record away.
  void drop_first();
};

// Whether a file of that name is read as text: .csv, .tsv, .txt.
[[nodiscard]] bool is_text_table(const std::string& path);

// Comma, tab or semicolon; UTF-8, or Latin-1 where it is not. Throws Error{kIo}, and Error{kFormat}
// for an empty file and for records that differ in width.
[[nodiscard]] TextTable read_text_table(const std::string& path);

}  // namespace dem
