// MindSpore's .ckpt files, value by value.
//
// A file is a row of serialised Checkpoint messages with one Value each; since the field is
// repeated, it is one Checkpoint as well. MindSpore 2.3 and later may append "crc_num" and ten
// bytes, the big-endian CRC-32 of all before.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/io/array_file.h"

namespace dem {

struct CheckpointEntry {
  // Type kText or kOther, with a note, where the value is no array of numbers.
  ArrayInfo info;
  std::string content;  // little-endian, row-major; as many bytes as shape and type ask for
};

struct CheckpointContent {
  std::vector<CheckpointEntry> entries;  // in file order, slices joined
  bool has_crc = false;                  // and it is right
};

// The note of the state of random operators, an entry of MindSpore 2 that is no tensor.
inline constexpr std::string_view kRandomState = "state of random operators";

// "Float32" for kFloat32, as MindSpore 1.6 and later spell it; throws Error{kInternal} for kText
// and kOther.
[[nodiscard]] std::string_view checkpoint_dtype(ElementType type);

// Does the file begin like a .ckpt, plain or encrypted?
[[nodiscard]] bool looks_like_checkpoint(std::span<const std::byte> bytes);

// Throws Error{kUnsupported} for an encrypted file and Error{kFormat} for a broken one, naming
// `path` and the value.
[[nodiscard]] CheckpointContent read_checkpoint(std::span<const std::byte> bytes,
                                                const std::string& path);

}  // namespace dem
