// MindSpore's .ckpt files, value by value.
//
// A file is a row of serialised Checkpoint messages with one Value each; since the field is
// repeated, it is one Checkpoint as well. MindSpore 2.3 and later may append "crc_num" and ten
// bytes, the big-endian CRC-32 of all before.
#pragma once

#include <span>
#include <string>
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

// Does the file begin like a .ckpt, plain or encrypted?
[[nodiscard]] bool looks_like_checkpoint(std::span<const std::byte> bytes);

// Throws Error{kUnsupported} for an encrypted file and Error{kFormat} for a broken one, naming
// `path` and the value.
[[nodiscard]] CheckpointContent read_checkpoint(std::span<const std::byte> bytes,
                                                const std::string& path);

}  // namespace dem
