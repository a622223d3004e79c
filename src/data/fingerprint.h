// What a dataset holds, as one number.
#pragma once

#include <string>

#include "dem/data/dataset.h"

namespace dem {

// Hash of features, labels, class table, class lists and split, with their shapes: 32 hex digits.
// The same for the same content, whatever the files are called and however they are encoded.
[[nodiscard]] std::string dataset_fingerprint(const Dataset& dataset);

}  // namespace dem
