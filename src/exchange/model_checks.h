// Do the parts of a model fit together?
#pragma once

#include <span>
#include <string>

#include "dem/base/error.h"
#include "dem/model/model.h"

namespace dem {

// Checks every part of a model against the others: class table, spaces and widths, maps,
// prototypes, and that all numbers are finite. Throws Error of the given kind, or Error{kNumerical}
// for a number of a model in memory that is not finite, with `where` and the field.
void check_model(const Model& model, ErrorKind kind, const std::string& where);

// Throws Error of the given kind with `where` and the position of the first value that is not
// finite.
void require_finite(std::span<const float> values, ErrorKind kind, const std::string& where);

}  // namespace dem
