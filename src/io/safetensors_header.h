// The JSON header of a safetensors file.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dem/io/array_file.h"

namespace dem {

struct SafetensorsHeader {
  struct Entry {
    std::string name;
    std::string dtype;         // "F32"
    std::vector<Index> shape;  // no extent is negative
    std::array<std::uint64_t, 2> offsets = {0, 0};
  };
  std::vector<Entry> entries;  // in file order
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Checks the structure: one object of objects, each with exactly dtype, shape and data_offsets, and
// __metadata__ of strings; no key twice. Throws Error{kFormat} with `where` and the position.
[[nodiscard]] SafetensorsHeader parse_safetensors_header(std::string_view json,
                                                         const std::string& where);

// A dtype's element type and bytes an element; kOther with a note for those that dem does not
// compute with. Throws Error{kFormat} with `where` for an unknown name.
struct SafetensorsType {
  std::string_view name;
  ElementType element;
  std::size_t size;
  std::string_view note;
};
[[nodiscard]] const SafetensorsType& safetensors_type(std::string_view dtype,
                                                      const std::string& where);
// "F32" for kFloat32; throws Error{kInternal} for kText and kOther.
[[nodiscard]] std::string_view safetensors_dtype(ElementType type);

}  // namespace dem
