// Writes .npy files, version 1, little-endian, C order, atomically.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dem/io/array_file.h"
#include "dem/linalg/matrix.h"

namespace dem {

// All before the numbers: signature, version, header; padded so that the numbers start at a
// multiple of 64 bytes, as numpy pads it. Throws Error{kUnsupported} with `where` for a type that
// numpy does not have.
[[nodiscard]] std::string npy_preamble(ElementType type,
                                       std::span<const Index> shape,
                                       const std::string& where);

// A float32 array [rows, cols]. Throws Error{kIo}.
void write_npy(const std::string& path, MatrixView<const float> values);

// An int64 array [n]. Throws Error{kIo}.
void write_npy(const std::string& path, std::span<const std::int64_t> values);

}  // namespace dem
