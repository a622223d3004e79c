// Arrays of narrow numbers as float32, in the processor's widest vectors.
#pragma once

#include <cstddef>

#include "dem/io/array_file.h"

namespace dem {

// Writes n numbers that stand one behind the other, in this machine's byte order and possibly
// unaligned, as float32: each exactly. Returns false, and does nothing, for other types than
// float16, bfloat16 and whole numbers of 8 and 16 bits.
[[nodiscard]] bool widen_exactly(ElementType type, const std::byte* source, Index n, float* out);

}  // namespace dem
