// Writes .npy files, version 1, little-endian, C order, atomically.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dem/linalg/matrix.h"

namespace dem {

// A float32 array [rows, cols]. Throws Error{kIo}.
void write_npy(const std::string& path, MatrixView<const float> values);

// An int64 array [n]. Throws Error{kIo}.
void write_npy(const std::string& path, std::span<const std::int64_t> values);

}  // namespace dem
