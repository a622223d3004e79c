// Lists of rows as files have them: row numbers that count from 0 or from 1, or masks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/gbu_split.h"

namespace dem {

// The split lists of a folder, those that are there, as they are.
struct SplitLists {
  std::optional<NumberList> trainval, train, val, test_seen, test_unseen;

  // Those that are there, in the order above.
  [[nodiscard]] std::vector<const NumberList*> given() const;
};

// Whether a list is a mask, an entry of 0 or 1 for each of `num_rows` rows: such numbers cannot be
// a list of different rows where there are more than two. Throws Error{kShapeMismatch} for truth
// values of another number.
[[nodiscard]] bool is_row_mask(const NumberList& list, Index num_rows);

// What the lists that are no masks count from: by range, all of them together, else by classes:
// read from the wrong number, unseen classes would be trained on, or seen ones would not be.
//   labels  [n] of all rows, any numbers that differ where classes do
// None where both may be. Throws Error{kFormat} where one list has a 0 and another one n.
[[nodiscard]] std::optional<int> base_of_lists(const SplitLists& lists,
                                               std::span<const std::int64_t> labels);

// As base_of_lists, where nobody has said it (`asked`); throws Error{kFormat} that names the index
// base where both may be. 1 where all lists are masks, and where numbers fit neither.
[[nodiscard]] int settle_base_of_lists(const SplitLists& lists,
                                       std::span<const std::int64_t> labels,
                                       std::optional<int> asked);

// The rows, 0-based, in the list's order, a mask's ascending. Throws as to_positions.
[[nodiscard]] std::vector<Index> rows_of(const NumberList& list, Index num_rows, int index_base);

// The lists as row numbers that count from `index_base`, masks, too. Without trainval the training
// rows are those of train, with val where that is there. Throws Error{kFormat} where there
// are no training rows or no unseen test rows. `lists` has trainval or train, and test_unseen.
[[nodiscard]] RawSplit to_raw_split(const SplitLists& lists, Index num_rows, int index_base);

}  // namespace dem
