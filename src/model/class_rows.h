// Rows of a class table as maps take them.
#pragma once

#include "dem/linalg/matrix.h"
#include "dem/model/class_input.h"
#include "dem/model/class_table.h"

namespace dem {

// The table's descriptions in a space, [num_classes, input.dim]. Throws Error{kShapeMismatch} where
// the table lacks it or its width differs.
[[nodiscard]] MatrixView<const float> rows_in(const ClassInput& input, const ClassTable& classes);

// A copy of them, each divided by its norm where `unit_rows` says so; a zero row stays zero.
[[nodiscard]] Matrix<float> taken_rows(const ClassInput& input,
                                       bool unit_rows,
                                       const ClassTable& classes);

}  // namespace dem
