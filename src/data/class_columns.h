// Which columns of a CSV file describe which dimensions of the semantic spaces.
#pragma once

#include <string>
#include <vector>

#include "dem/model/model.h"

namespace dem {

// For each of `spaces` (places in known.spaces), the file's column of each of its dimensions.
//   header       headings of the columns of numbers; empty where there are none
//   num_columns  columns of numbers
// Throws Error{kFormat} and Error{kShapeMismatch} with `where`.
[[nodiscard]] std::vector<std::vector<Index>> match_columns(const std::vector<std::string>& header,
                                                            Index num_columns,
                                                            const ClassTable& known,
                                                            const std::vector<std::size_t>& spaces,
                                                            const std::string& where);

}  // namespace dem
