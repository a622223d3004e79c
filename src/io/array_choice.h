// Which array of a file is meant, and which way round.
#pragma once

#include <string>
#include <vector>

#include "dem/io/feature_stream.h"

namespace dem {

struct ChosenArray {
  const ArrayInfo* info = nullptr;  // of the file
  int row_axis = 0;
};

// The one matrix of numbers with an axis of `width`, the other one holding the rows; the array
// named `variable` where that is not empty, else one named like one of `preferred` where several
// fit. With width 0 any matrix fits, in rows.
// Throws Error{kShapeMismatch} listing the file's arrays where none or several fit, and where the
// array is square and `axis` leaves open what its rows are.
[[nodiscard]] ChosenArray choose_array(const ArrayFile& file,
                                       Index width,
                                       const std::string& variable,
                                       const std::vector<std::string>& preferred,
                                       SampleAxis axis);

}  // namespace dem
