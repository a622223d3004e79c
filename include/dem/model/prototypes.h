// Prototypes of classes in visual feature space.
#pragma once

#include <span>

#include "dem/base/types.h"
#include "dem/linalg/matrix.h"

namespace dem {

// The prototypes of some candidate classes, a row each in their order. Throws
// Error{kInvalidArgument} for no candidate or one without a prototype.
[[nodiscard]] Matrix<float> candidate_prototypes(MatrixView<const float> prototypes,
                                                 std::span<const ClassId> candidates);

}  // namespace dem
