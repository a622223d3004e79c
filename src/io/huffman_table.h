// Tables that decode deflate's Huffman codes (RFC 1951, 3.2.2) by looking up several bits at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dem::deflate {

// An entry is value << 16 | flags | base bits << 8 | all bits, where "all bits" is what to drop
// from the input. A symbol's extra bits count among them; "base bits" are those of its code alone.
inline constexpr std::uint32_t kLiteral = 1u << 15;
inline constexpr std::uint32_t kSubtable = 1u << 14;  // value: its start; base bits: of its index
inline constexpr std::uint32_t kEnd = 1u << 13;       // the block ends
inline constexpr std::uint32_t kInvalid = 1u << 12;   // no code, or no such symbol
inline constexpr std::uint32_t kUnusual = kSubtable | kEnd | kInvalid;

[[nodiscard]] constexpr unsigned all_bits(std::uint32_t entry) {
  return entry & 0xff;
}
[[nodiscard]] constexpr unsigned base_bits(std::uint32_t entry) {
  return entry >> 8 & 0xf;
}
[[nodiscard]] constexpr std::uint32_t value_of(std::uint32_t entry) {
  return entry >> 16;
}

inline constexpr unsigned kLongestCode = 15;

enum class CodeUse { kLengths, kSymbols };

// Fills `table` for the symbols whose codes have the given lengths (0: unused).
//   table    room for 1 << index_bits entries and the subtables
//   symbols  what each symbol decodes to, with its extra bits in "all bits"
// False where the lengths give no code: too many, or too few. A single code of one bit is enough
// for symbols, and none at all until one is read.
[[nodiscard]] bool build_table(std::span<const std::uint8_t> lengths,
                               std::span<const std::uint32_t> symbols,
                               unsigned index_bits,
                               CodeUse use,
                               std::uint32_t* table);

}  // namespace dem::deflate
