// Strings in a .npy file.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "io/npy_header.h"

namespace dem {

// The strings of an array of type kText, trailing NULs dropped: 'S' bytes as they are, 'U' code
// points as UTF-8. `data` are whole items.
[[nodiscard]] std::vector<std::string> read_npy_text(std::span<const std::byte> data,
                                                     const NpyType& type);

}  // namespace dem
