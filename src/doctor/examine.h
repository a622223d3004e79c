// A dataset's files, read as far as they can be.
#pragma once

#include "doctor/specimen.h"

namespace dem {

// Throws as diagnose().
[[nodiscard]] Specimen examine(const DatasetOptions& data);

}  // namespace dem
