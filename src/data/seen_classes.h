// Which classes are seen, where nothing but the training rows says so.
#pragma once

#include "dem/data/dataset.h"

namespace dem {

// Fills seen_classes, those of the rows of split.trainval, unseen_classes, all others, both
// ascending, and classes.seen.
void derive_seen_classes(Dataset& dataset);

}  // namespace dem
