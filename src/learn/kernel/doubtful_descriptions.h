// Warnings about descriptions that say less than they seem to, once they are made unit length.
#pragma once

#include <string_view>

#include "dem/model/class_table.h"

namespace dem {

// Logs a warning for classes whose description is all zeros, and one for classes whose description
// is another class's but for its length. Equal descriptions are the dataset's to warn of.
void warn_of_doubtful_descriptions(std::string_view recipe,
                                   const ClassTable& classes,
                                   MatrixView<const double> unit_rows);

}  // namespace dem
