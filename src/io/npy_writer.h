// Writes .npy files, version 1, little-endian, C order, atomically.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dem/linalg/matrix.h"

namespace dem {

// What stands before the numbers of an array of the type `descr` ("<f4") and `shape` ("3, 4").
[[nodiscard]] std::string npy_preamble(const char* descr, const std::string& shape);

// A float32 array [rows, cols]. Throws Error{kIo}.
void write_npy(const std::string& path, MatrixView<const float> values);

// An int64 array [n]. Throws Error{kIo}.
void write_npy(const std::string& path, std::span<const std::int64_t> values);

}  // namespace dem
