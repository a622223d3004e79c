// From stored numbers to the types that dem computes with.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dem/io/array_file.h"

namespace dem {

// Converts n stored numbers, `stride` bytes apart and possibly unaligned, to float32. `type` is
// numeric (element_size > 0).
//   swap_bytes  the numbers are in the other byte order
void convert_to_float(ElementType type,
                      const std::byte* source,
                      std::ptrdiff_t stride,
                      bool swap_bytes,
                      Index n,
                      float* out);

// One stored number as a double; integers beyond 2^53 lose their low bits.
[[nodiscard]] double element_to_double(ElementType type, const std::byte* source, bool swap_bytes);

// A float16 or bfloat16 bit pattern as float32, exact.
[[nodiscard]] float float16_to_float(std::uint16_t bits) noexcept;
[[nodiscard]] float bfloat16_to_float(std::uint16_t bits) noexcept;

// Copies a [rows, cols] array stored with the given byte distances between rows and columns into
// `out` [rows, cols], converting. Works in tiles, so either order of axes runs at memory speed, and
// with all threads.
void convert_matrix(ElementType type,
                    const std::byte* source,
                    std::ptrdiff_t row_stride,
                    std::ptrdiff_t col_stride,
                    bool swap_bytes,
                    MatrixView<float> out);

// The stored numbers as whole numbers; throws Error{kFormat} with `where` and the position of one
// that is not whole, or not below 2^53 in magnitude.
[[nodiscard]] std::vector<std::int64_t> convert_to_integers(
    ElementType type, const std::byte* source, bool swap_bytes, Index n, const std::string& where);

}  // namespace dem
