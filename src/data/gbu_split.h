// The *_loc lists of layout gbu, as sets of rows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dem/data/dataset.h"

namespace dem {

// Numbers as a file has them, with the file's index base.
struct NumberList {
  std::string where;  // "path: variable name", for messages
  std::vector<std::int64_t> values;
  bool is_logical = false;  // truth values in the file
};

struct RawSplit {
  NumberList trainval;
  std::optional<NumberList> train;
  std::optional<NumberList> val;
  std::optional<NumberList> test_seen;
  NumberList test_unseen;
};

// Numbers with base 0 or 1 as 0-based positions below `count`. `what` is "rows" or "classes".
// Throws Error{kFormat} naming position and value of one out of range; says which other base the
// list looks like.
[[nodiscard]] std::vector<Index> to_positions(const NumberList& list,
                                              Index count,
                                              int index_base,
                                              std::string_view what);

// Rows 0 .. num_rows - 1. Throws Error{kFormat} where a row is out of range or in two of trainval,
// test_seen and test_unseen. With a warning: a row twice in a list is kept once; rows of train and
// val outside trainval are left out.
[[nodiscard]] Split make_split(const RawSplit& raw, Index num_rows, int index_base);

// Throws Error{kFormat} naming the class where one of test_seen has no training row or one of
// test_unseen has. Drops train and val, with a warning, where they share classes.
void check_split_classes(const RawSplit& raw,
                         std::span<const ClassId> labels,
                         std::span<const std::string> class_names,
                         Split& split);

}  // namespace dem
