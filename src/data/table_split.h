// Seen and unseen of layout table.
#pragma once

#include <span>
#include <string>

#include "data/table_classes.h"
#include "dem/data/dataset.h"

namespace dem {

// split.csv, either a row a class, `class,part` with part seen or unseen, with or without a line of
// headings; or a row a sample, one column of trainval, train, val, test_seen and test_unseen, with
// or without the heading `part`. Rows of seen classes are trained on, those of unseen ones are
// tested. Throws Error{kFormat} naming line or class for what is not as said here, a class that is
// trained on as well as tested as unseen, and a split without a training row.
[[nodiscard]] Split read_table_split(const std::string& path,
                                     const TableClasses& classes,
                                     std::span<const ClassId> labels);

}  // namespace dem
