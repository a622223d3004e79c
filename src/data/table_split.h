// Seen and unseen of layout table.
#pragma once

#include <string>

#include "data/table_labels.h"
#include "dem/data/dataset.h"

namespace dem {

// A split by class, parts seen and unseen: rows of seen classes are trained on, those of unseen
// ones are tested. Or by sample, parts trainval, train, val, test_seen and test_unseen; a sample of
// no part is left out. The file is
//   text   a row a class, `class,part`, or a row a sample, `id,part` or `part` alone in the order
//   of
//          the labels, each with or without headings
//   .json  {"seen": [...], "unseen": [...]} of classes' names, or {"trainval": [...], ...} of
//          samples' names or of rows, counted from 0; "about" may say anything
//   other  arrays of rows, counted from 0, or masks (bool), named as the parts of samples
// Throws Error{kFormat} naming line or class for what is not as said here, a class that is trained
// on as well as tested as unseen, and a split without a training row.
[[nodiscard]] Split read_table_split(const std::string& path,
                                     const TableClasses& classes,
                                     const TableLabels& labels);

}  // namespace dem
