// A split as one number, to say that two scores are of the same split.
#pragma once

#include <string>

#include "dem/data/dataset.h"

namespace dem {

// 16 hex digits: which classes are seen and unseen, and which rows are trained and tested on. It
// does not depend on features, descriptions, labels, the layout, the order of the class table or
// that of the rows of a list; nor on train and val, which are a matter of choice. All ranks of a
// sharded dataset get the same, since each has the whole lists.
//
// So that others can compute it, it is XXH3 with 64 bits, seed 0, of a text of lines that end with
// a newline:
//
//   dem split 1
//   seen N          then the names of the N seen classes, a line each, sorted by their bytes
//   unseen N        then those of the unseen ones, likewise
//   trainval N      then its N rows, counted from 0, in decimal digits, ascending
//   test_seen N     likewise
//   test_unseen N   likewise
//
// Classes without names go by those that load_dataset gives them.
//
//   std::string which = split_fingerprint(load_dataset(options));
[[nodiscard]] std::string split_fingerprint(const Dataset& dataset);

}  // namespace dem
