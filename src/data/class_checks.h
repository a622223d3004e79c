// Doubts about a class table, for any layout.
#pragma once

#include "dem/data/dataset.h"

namespace dem {

// Logs warnings for classes that have equal descriptions or equal names and for classes without an
// image, and a line for those whose images are in no list of the split.
void warn_of_doubtful_classes(const Dataset& dataset);

}  // namespace dem
