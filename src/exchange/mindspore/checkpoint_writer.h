// Writes MindSpore's .ckpt files.
#pragma once

#include <span>
#include <string>

#include "dem/io/raw_tensor.h"

namespace dem {

// MindSpore cuts larger tensors into values of this size: Protocol Buffers stop at 2 GiB.
inline constexpr std::size_t kCheckpointSliceBytes = std::size_t{512} << 20;

// Writes atomically, as mindspore.save_checkpoint writes: one Checkpoint message a value, in the
// order given, without a checksum. A scalar's shape is written as [0], which every version reads.
// Throws Error{kIo}, and Error{kInvalidArgument} where there are no tensors (MindSpore reads no
// empty file) or bytes do not fit the shape.
void write_checkpoint(const std::string& path,
                      std::span<const RawTensor> tensors,
                      std::size_t slice_bytes = kCheckpointSliceBytes);

}  // namespace dem
