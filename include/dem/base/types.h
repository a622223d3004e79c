// The integer types that every interface uses.
#pragma once

#include <cstdint>

namespace dem {

using Index = std::int64_t;    // counts and positions
using ClassId = std::int32_t;  // 0-based row of a class table

}  // namespace dem
