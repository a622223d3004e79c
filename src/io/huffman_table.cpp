#include "io/huffman_table.h"

#include <algorithm>
#include <array>
#include <bit>

namespace dem::deflate {
namespace {

using Counts = std::array<unsigned, kLongestCode + 1>;

// Codes are read from their last bit on, so the next one in order differs in the high bits.
unsigned next_code(unsigned code, unsigned all_ones) {
  const unsigned bit = std::bit_floor(code ^ all_ones);
  return (code & (bit - 1)) | bit;
}

// The symbols in use, shortest code first; the number of them.
std::size_t sort_symbols(std::span<const std::uint8_t> lengths,
                         const Counts& counts,
                         std::uint16_t* sorted) {
  Counts place{};
  for (unsigned length = 1; length < kLongestCode; ++length) {
    place[length + 1] = place[length] + counts[length];
  }
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    if (lengths[symbol] != 0) sorted[place[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
  }
  return place[kLongestCode];
}

// What is left of the space of codes: 0 for a complete set, negative for too many.
int unused_space(const Counts& counts) {
  int left = 1;
  for (unsigned length = 1; length <= kLongestCode; ++length) {
    left = 2 * left - static_cast<int>(counts[length]);
    if (left < 0) return left;
  }
  return left;
}

constexpr std::uint32_t entry_of(std::uint32_t symbol, unsigned length) {
  return symbol + (length << 8 | length);
}

// A complete set of codes, by way of a table that doubles with each bit of length: every code is
// written once, and its repetitions are copied.
void fill_table(const Counts& counts,
                const std::uint16_t* sorted,
                std::span<const std::uint32_t> symbols,
                unsigned index_bits,
                std::uint32_t* table) {
  unsigned length = 1;
  while (counts[length] == 0) ++length;
  unsigned end = 1u << std::min(length, index_bits);
  unsigned code = 0, left = counts[length];
  const auto doubled_until = [&](unsigned bits) {
    for (; end < 1u << bits; end *= 2) std::copy_n(table, end, table + end);
  };
  while (length <= index_bits) {
    table[code] = entry_of(symbols[*sorted++], length);
    if (code == end - 1) return doubled_until(index_bits);
    code = next_code(code, end - 1);
    for (--left; left == 0; left = counts[length]) ++length;
    doubled_until(std::min(length, index_bits));
  }
  const unsigned mask = (1u << index_bits) - 1;
  unsigned prefix = ~0u, start = 0;
  for (;;) {
    if ((code & mask) != prefix) {
      prefix = code & mask;
      start = end;
      unsigned bits = length - index_bits;
      for (unsigned used = left; used < 1u << bits;) {
        ++bits;
        used = 2 * used + counts[index_bits + bits];
      }
      end = start + (1u << bits);
      table[prefix] = start << 16 | kSubtable | bits << 8 | index_bits;
    }
    const std::uint32_t entry = entry_of(symbols[*sorted++], length - index_bits);
    for (unsigned i = start + (code >> index_bits); i < end; i += 1u << (length - index_bits)) {
      table[i] = entry;
    }
    const unsigned all_ones = (1u << length) - 1;
    if (code == all_ones) return;
    code = next_code(code, all_ones);
    for (--left; left == 0; left = counts[length]) ++length;
  }
}

}  // namespace

bool build_table(std::span<const std::uint8_t> lengths,
                 std::span<const std::uint32_t> symbols,
                 unsigned index_bits,
                 CodeUse use,
                 std::uint32_t* table) {
  Counts counts{};
  for (const std::uint8_t length : lengths) ++counts[length];
  counts[0] = 0;
  std::array<std::uint16_t, 288> sorted;
  const int unused = unused_space(counts);
  const std::size_t used = sort_symbols(lengths, counts, sorted.data());
  if (unused < 0) return false;
  if (unused == 0) {
    fill_table(counts, sorted.data(), symbols, index_bits, table);
    return true;
  }
  if (used > 0 && (use == CodeUse::kLengths || used > 1 || counts[1] != 1)) return false;
  std::fill_n(table, std::size_t{1} << index_bits, kInvalid | 1);
  if (used == 0) return true;
  for (std::size_t i = 0; i < std::size_t{1} << index_bits; i += 2) {
    table[i] = entry_of(symbols[sorted[0]], 1);
  }
  return true;
}

}  // namespace dem::deflate
