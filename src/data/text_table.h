// Delimited text whose cells are names, as text throughout.
#pragma once

#include <string>
#include <vector>

#include "dem/base/types.h"
#include "io/csv_structure.h"

namespace dem {

struct TextTable {
  std::string path;
  CsvStructure structure;
  Index width = 0;                 // cells of every record, without an index and what is trailing
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

// Rows as find_csv_structure (io/csv_structure.h) finds them, with the headings as the first where
// structure.header_records is 1; an empty cell stands over names without a heading. UTF-8, or
// Latin-1 where it is not. An index is left out where there are headings, and the log says so.
// Throws Error{kIo}, and Error{kFormat} for a comment "#word", which may be a name, for an empty
// file and for records that differ in width.
[[nodiscard]] TextTable read_text_table(const std::string& path,
                                        CsvFirstColumn first = CsvFirstColumn::kFound);

}  // namespace dem
