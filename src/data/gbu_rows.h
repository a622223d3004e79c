// The rows of layout gbu: their labels and the split.
#pragma once

#include <optional>
#include <vector>

#include "data/gbu_classes.h"
#include "data/gbu_folder.h"
#include "data/row_labels.h"
#include "data/row_lists.h"

namespace dem {

struct GbuRows {
  std::vector<ClassId> labels;  // [n]; -1 for rows in no list of which no class is known
  int labels_base = 1;          // what labels count from; 1 where they are no numbers
  RawSplit split;               // numbers that count from lists_base
  int lists_base = 1;
};

// The split lists of a folder, those that are there, as they are.
[[nodiscard]] SplitLists read_split_lists(GbuFolder& folder);

// The labels of a folder as they are; `features` may be empty.
[[nodiscard]] RowLabels read_gbu_labels(GbuFolder& folder,
                                        const GbuClassCount& count,
                                        const ArrayRef& features);

// Rows that are trained or tested on, [num_rows].
[[nodiscard]] std::vector<bool> used_rows(const RawSplit& split, Index num_rows, int index_base);

// Labels and lists, each with its own base where nobody has said one (`index_base`), which the log
// says, as it says which lists are masks and how many rows have no label. Throws Error{kFormat} and
// Error{kShapeMismatch} for what row_labels.h and row_lists.h refuse, for lists that are not there,
// and where there are no class names and as many attributes as the labels have classes.
[[nodiscard]] GbuRows read_gbu_rows(GbuFolder& folder,
                                    const GbuClassCount& count,
                                    const ArrayRef& features,
                                    std::optional<int> index_base);

}  // namespace dem
