// Classes of statistics by their names.
#pragma once

#include <map>
#include <string>

#include "dem/model/model.h"

namespace dem {

using ClassPlaces = std::map<std::string, Index>;

// Throws Error{kInvalidArgument} with `where` for a name twice.
[[nodiscard]] ClassPlaces class_places(const ClassTable& classes, const std::string& where);

// Throw with "WHERE: WHAT": Error{kInvalidArgument} and Error{kShapeMismatch}.
[[noreturn]] void refuse_statistics(const std::string& where, const std::string& what);
[[noreturn]] void misfit_statistics(const std::string& where, const std::string& what);

}  // namespace dem
