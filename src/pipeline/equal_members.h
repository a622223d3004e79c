// Members of an ensemble that came out the same.
#pragma once

#include <vector>

#include "dem/pipeline/fit.h"

namespace dem {

// Warns of members whose models are equal to the bit, gamma, temperature and provenance aside: of
// recipes that draw nothing from the seed they are one member with several members' weight.
void warn_of_equal_members(const std::vector<FitResult>& members);

}  // namespace dem
