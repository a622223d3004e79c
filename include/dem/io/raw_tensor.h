// A named array as a file holds it, nothing converted.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dem/io/array_file.h"

namespace dem {

// `bytes` are little-endian and row-major, element_size(type) * product(shape) of them, possibly
// unaligned, and owned by somebody else.
struct RawTensor {
  std::string name;  // "fc1.weight"
  ElementType type = ElementType::kFloat32;
  std::vector<Index> shape;  // empty for a scalar
  std::span<const std::byte> bytes;
};

}  // namespace dem
