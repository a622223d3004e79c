#include "io/inflater.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "io/huffman_table.h"

namespace dem {
namespace {

using deflate::all_bits;
using deflate::base_bits;
using deflate::build_table;
using deflate::CodeUse;
using deflate::kEnd;
using deflate::kInvalid;
using deflate::kLiteral;
using deflate::kSubtable;
using deflate::kUnusual;
using deflate::value_of;

constexpr unsigned kLengthIndexBits = 7, kLiteralIndexBits = 11, kDistanceIndexBits = 8;
constexpr std::size_t kLongestMatch = 258;

// value << 16 | flags | extra bits
using Symbols = std::array<std::uint32_t, 288>;

constexpr Symbols kLiteralSymbols = [] {
  Symbols symbols{};
  for (std::uint32_t i = 0; i < 256; ++i) symbols[i] = i << 16 | kLiteral;
  symbols[256] = kEnd;
  std::uint32_t base = 3;
  for (std::uint32_t i = 0; i < 28; ++i) {
    const std::uint32_t extra = i < 8 ? 0 : i / 4 - 1;
    symbols[257 + i] = base << 16 | extra;
    base += 1u << extra;
  }
  symbols[285] = 258u << 16;
  symbols[286] = symbols[287] = kInvalid;
  return symbols;
}();

constexpr Symbols kDistanceSymbols = [] {
  Symbols symbols{};
  std::uint32_t base = 1;
  for (std::uint32_t i = 0; i < 30; ++i) {
    const std::uint32_t extra = i < 4 ? 0 : i / 2 - 1;
    symbols[i] = base << 16 | extra;
    base += 1u << extra;
  }
  symbols[30] = symbols[31] = kInvalid;
  return symbols;
}();

constexpr Symbols kLengthSymbols = [] {
  Symbols symbols{};
  for (std::uint32_t i = 0; i < 19; ++i) symbols[i] = i << 16;
  return symbols;
}();

[[gnu::always_inline]] inline std::uint64_t load_64(const std::byte* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

[[gnu::always_inline]] inline std::uint64_t low_bits(std::uint64_t word, unsigned n) {
  return word & ((std::uint64_t{1} << n) - 1);
}

template <std::size_t kBytes>
[[gnu::always_inline]] inline void copy_in_steps(std::byte* to,
                                                 std::size_t distance,
                                                 std::size_t length) {
  for (std::byte* const end = to + length; to < end; to += kBytes) {
    std::memcpy(to, to - distance, kBytes);
  }
}

// May write up to 15 bytes more than asked for.
[[gnu::always_inline]] inline void copy_match_wide(std::byte* to,
                                                   std::size_t distance,
                                                   std::size_t length) {
  if (distance >= 16) return copy_in_steps<16>(to, distance, length);
  if (distance >= 8) return copy_in_steps<8>(to, distance, length);
  if (distance == 1) {
    const std::byte value = *(to - 1);
    for (std::size_t i = 0; i < length; i += 16)
      std::memset(to + i, std::to_integer<int>(value), 16);
    return;
  }
  for (std::size_t i = 0; i < 8; ++i) to[i] = *(to + i - distance);
  // Eight bytes come again after the largest multiple of the distance that fits in them.
  const std::size_t period = 8 / distance * distance;
  for (std::size_t i = period; i < length; i += period) {
    std::uint64_t word;
    std::memcpy(&word, to + i - period, sizeof word);
    std::memcpy(to + i, &word, sizeof word);
  }
}

// Runs the body compiled for instructions that shift and mask in one go, where the processor has
// them.
#if defined(__x86_64__)
template <typename Body>
[[gnu::noinline, gnu::target("bmi,bmi2")]] void run_bmi2(const Body& body) {
  body();
}
template <typename Body>
[[gnu::noinline]] void run_plain(const Body& body) {
  body();
}
template <typename Body>
void run_widest(const Body& body) {
  static const bool has_bmi2 = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  has_bmi2 ? run_bmi2(body) : run_plain(body);
}
#else
template <typename Body>
void run_widest(const Body& body) {
  body();
}
#endif

}  // namespace

void Inflater::Bits::refill() {
  while (count < 56) {
    if (next != end) {
      buffer |= std::to_integer<std::uint64_t>(*next++) << count;
    } else {
      ++borrowed;
    }
    count += 8;
  }
}

void Inflater::Bits::drop(unsigned n) {
  buffer >>= n;
  count -= n;
}

unsigned Inflater::Bits::take(unsigned n) {
  const auto value = static_cast<unsigned>(low_bits(buffer, n));
  drop(n);
  return value;
}

void Inflater::Bits::to_byte() {
  next -= count / 8 - borrowed;
  buffer = 0;
  count = borrowed = 0;
}

Inflater::Inflater(std::span<const std::byte> compressed) {
  bits_.next = compressed.data();
  bits_.end = compressed.data() + compressed.size();
}

void Inflater::fail(const char* problem) {
  state_ = State::kBroken;
  problem_ = problem;
}

std::size_t Inflater::inflate(std::byte* to, std::size_t n) {
  Output out{to - written_, to, to + n};
  copy_match(out);
  while (out.at != out.end && state_ != State::kEnded && state_ != State::kBroken) {
    switch (state_) {
      case State::kBlockHead:
        read_block_head();
        break;
      case State::kStored:
        copy_stored(out);
        break;
      default:
        decode(out);
    }
  }
  const auto got = static_cast<std::size_t>(out.at - to);
  written_ = std::min(kDeflateWindow, written_ + got);
  return got;
}

void Inflater::read_block_head() {
  if (last_block_) {
    bits_.to_byte();
    state_ = State::kEnded;
    return;
  }
  bits_.refill();
  last_block_ = bits_.take(1) != 0;
  const unsigned kind = bits_.take(2);
  if (bits_.overdrawn()) return fail(nullptr);
  switch (kind) {
    case 0:
      return read_stored_head();
    case 1:
      return use_fixed_codes();
    case 2:
      return read_code_lengths();
    default:
      fail("invalid block type");
  }
}

void Inflater::read_stored_head() {
  bits_.to_byte();
  bits_.refill();
  const unsigned length = bits_.take(16);
  const unsigned complement = bits_.take(16);
  if (bits_.overdrawn()) return fail(nullptr);
  if (length != (complement ^ 0xffff)) return fail("invalid stored block lengths");
  bits_.to_byte();
  stored_left_ = length;
  state_ = State::kStored;
}

void Inflater::copy_stored(Output& out) {
  if (stored_left_ == 0) {
    state_ = State::kBlockHead;
    return;
  }
  const std::size_t count = std::min({stored_left_,
                                      static_cast<std::size_t>(out.end - out.at),
                                      static_cast<std::size_t>(bits_.end - bits_.next)});
  if (count == 0) return fail(nullptr);
  out.at = std::copy_n(bits_.next, count, out.at);
  bits_.next += count;
  stored_left_ -= count;
}

void Inflater::use_fixed_codes() {
  std::fill_n(lengths_.begin(), 144, std::uint8_t{8});
  std::fill_n(lengths_.begin() + 144, 112, std::uint8_t{9});
  std::fill_n(lengths_.begin() + 256, 24, std::uint8_t{7});
  std::fill_n(lengths_.begin() + 280, 8, std::uint8_t{8});
  std::fill_n(lengths_.begin() + 288, 32, std::uint8_t{5});
  build_tables(288, 32);
}

void Inflater::read_code_lengths() {
  constexpr std::uint8_t kOrder[19] = {
      16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  const std::size_t literals = bits_.take(5) + 257;
  const std::size_t distances = bits_.take(5) + 1;
  const std::size_t given = bits_.take(4) + 4;
  if (literals > 286 || distances > 30) return fail("too many length or distance symbols");
  std::array<std::uint8_t, 19> lengths{};
  for (std::size_t i = 0; i < given; ++i) {
    bits_.refill();
    lengths[kOrder[i]] = static_cast<std::uint8_t>(bits_.take(3));
  }
  if (bits_.overdrawn()) return fail(nullptr);
  // In the place of the table of distances, which is built from what it decodes.
  if (!build_table(
          lengths, kLengthSymbols, kLengthIndexBits, CodeUse::kLengths, distances_.data())) {
    return fail("invalid code lengths set");
  }
  if (!read_lengths(literals + distances)) return;
  if (lengths_[256] == 0) return fail("invalid code -- missing end-of-block");
  build_tables(literals, distances);
}

bool Inflater::read_lengths(std::size_t count) {
  for (std::size_t i = 0; i < count;) {
    bits_.refill();
    const std::uint32_t entry = distances_[low_bits(bits_.buffer, kLengthIndexBits)];
    bits_.drop(all_bits(entry));
    const std::uint32_t symbol = value_of(entry);
    std::uint8_t repeated = 0;
    std::size_t times = 1;
    if ((entry & kInvalid) != 0 || (symbol == 16 && i == 0)) {
      fail("invalid bit length repeat");
    } else if (symbol < 16) {
      repeated = static_cast<std::uint8_t>(symbol);
    } else if (symbol == 16) {
      repeated = lengths_[i - 1];
      times = 3 + bits_.take(2);
    } else {
      times = symbol == 17 ? 3 + bits_.take(3) : 11 + bits_.take(7);
    }
    if (times > count - i) fail("invalid bit length repeat");
    if (bits_.overdrawn()) fail(nullptr);
    if (state_ == State::kBroken) return false;
    std::fill_n(lengths_.begin() + static_cast<std::ptrdiff_t>(i), times, repeated);
    i += times;
  }
  return true;
}

void Inflater::build_tables(std::size_t literals, std::size_t distances) {
  const std::span<const std::uint8_t> lengths(lengths_);
  if (!build_table(lengths.first(literals),
                   kLiteralSymbols,
                   kLiteralIndexBits,
                   CodeUse::kSymbols,
                   literals_.data())) {
    return fail("invalid literal/lengths set");
  }
  if (!build_table(lengths.subspan(literals, distances),
                   kDistanceSymbols,
                   kDistanceIndexBits,
                   CodeUse::kSymbols,
                   distances_.data())) {
    return fail("invalid distances set");
  }
  state_ = State::kCodes;
}

void Inflater::decode(Output& out) {
  decode_wide(out);
  if (state_ == State::kCodes) decode_narrow(out);
}

// As long as neither end is near: without a look at them for each symbol.
void Inflater::decode_wide(Output& out) {
  // A round reads at most two words, and one comes before the first; it writes at most two literals
  // and a match, with up to 15 bytes too many.
  constexpr std::ptrdiff_t kInputMargin = 3 * 8, kOutputMargin = 2 + kLongestMatch + 15;
  if (bits_.end - bits_.next <= kInputMargin || out.end - out.at <= kOutputMargin) return;
  run_widest([ this, &out ]() __attribute__((always_inline)) {
    std::uint64_t buffer = bits_.buffer;
    unsigned count = bits_.count;
    const std::byte* next = bits_.next;
    std::byte* at = out.at;
    const std::byte* const next_stop = bits_.end - kInputMargin;
    const std::byte* const at_stop = out.end - kOutputMargin;
    const std::byte* const earliest = out.earliest;
    const std::uint32_t* const literals = literals_.data();
    const std::uint32_t* const distances = distances_.data();
    const auto refill = [&]() __attribute__((always_inline)) {
      buffer |= load_64(next) << count;
      next += (63 - count) / 8;
      count |= 56;
    };
    const auto drop = [&](unsigned n) __attribute__((always_inline)) {
      buffer >>= n;
      count -= n;
    };
    // Drops the code with its extra bits, and gives the number that they mean.
    const auto number = [&](std::uint32_t entry) __attribute__((always_inline)) {
      const std::uint64_t bits = low_bits(buffer, all_bits(entry)) >> base_bits(entry);
      drop(all_bits(entry));
      return value_of(entry) + static_cast<std::size_t>(bits);
    };
    const auto put = [&](std::uint32_t entry) __attribute__((always_inline)) {
      *at++ = static_cast<std::byte>(value_of(entry));
      drop(all_bits(entry));
    };
    const char* problem = nullptr;
    State state = State::kCodes;
    refill();
    std::uint32_t entry = literals[low_bits(buffer, kLiteralIndexBits)];
    do {
      // Two literals of the index's bits at most and a length with its extra bits: 42 of 56 bits.
      if ((entry & kLiteral) != 0) {
        put(entry);
        entry = literals[low_bits(buffer, kLiteralIndexBits)];
        if ((entry & kLiteral) != 0) {
          put(entry);
          entry = literals[low_bits(buffer, kLiteralIndexBits)];
          if ((entry & kLiteral) != 0) {
            put(entry);
            refill();
            entry = literals[low_bits(buffer, kLiteralIndexBits)];
            continue;
          }
        }
      }
      if ((entry & kUnusual) != 0) {
        if ((entry & kSubtable) != 0) {
          drop(all_bits(entry));
          entry = literals[value_of(entry) + low_bits(buffer, base_bits(entry))];
          if ((entry & kLiteral) != 0) {
            put(entry);
            refill();
            entry = literals[low_bits(buffer, kLiteralIndexBits)];
            continue;
          }
        }
        if ((entry & kEnd) != 0) {
          drop(all_bits(entry));
          state = State::kBlockHead;
          break;
        }
        if ((entry & kInvalid) != 0) {
          problem = "invalid literal/length code";
          break;
        }
      }
      const std::size_t length = number(entry);
      refill();
      entry = distances[low_bits(buffer, kDistanceIndexBits)];
      if ((entry & kUnusual) != 0) {
        if ((entry & kSubtable) != 0) {
          drop(all_bits(entry));
          entry = distances[value_of(entry) + low_bits(buffer, base_bits(entry))];
        }
        if ((entry & kInvalid) != 0) {
          problem = "invalid distance code";
          break;
        }
      }
      const std::size_t distance = number(entry);
      if (distance > static_cast<std::size_t>(at - earliest)) {
        problem = "invalid distance too far back";
        break;
      }
      refill();
      entry = literals[low_bits(buffer, kLiteralIndexBits)];  // while the copy is under way
      copy_match_wide(at, distance, length);
      at += length;
    } while (next < next_stop && at < at_stop);
    bits_.buffer = buffer;
    bits_.count = count;
    bits_.next = next;
    out.at = at;
    state_ = state;
    if (problem != nullptr) fail(problem);
  });
}

void Inflater::decode_narrow(Output& out) {
  while (out.at != out.end && state_ == State::kCodes) {
    const auto symbol = [&](const std::uint32_t* table, unsigned index_bits) {
      bits_.refill();
      std::uint32_t entry = table[low_bits(bits_.buffer, index_bits)];
      if ((entry & kSubtable) == 0) return entry;
      bits_.drop(all_bits(entry));
      return table[value_of(entry) + low_bits(bits_.buffer, base_bits(entry))];
    };
    const auto number = [&](std::uint32_t entry) {
      const std::uint64_t bits = low_bits(bits_.buffer, all_bits(entry)) >> base_bits(entry);
      bits_.drop(all_bits(entry));
      return value_of(entry) + static_cast<std::size_t>(bits);
    };
    const std::uint32_t entry = symbol(literals_.data(), kLiteralIndexBits);
    const std::size_t value = number(entry);
    if (bits_.overdrawn()) return fail(nullptr);
    if ((entry & kInvalid) != 0) return fail("invalid literal/length code");
    if ((entry & kEnd) != 0) {
      state_ = State::kBlockHead;
    } else if ((entry & kLiteral) != 0) {
      *out.at++ = static_cast<std::byte>(value);
    } else {
      const std::uint32_t code = symbol(distances_.data(), kDistanceIndexBits);
      match_distance_ = number(code);
      if (bits_.overdrawn()) return fail(nullptr);
      if ((code & kInvalid) != 0) return fail("invalid distance code");
      if (match_distance_ > static_cast<std::size_t>(out.at - out.earliest)) {
        return fail("invalid distance too far back");
      }
      match_left_ = value;
      copy_match(out);
    }
  }
}

void Inflater::copy_match(Output& out) {
  const std::size_t count = std::min(match_left_, static_cast<std::size_t>(out.end - out.at));
  match_left_ -= count;
  for (std::size_t i = 0; i < count; ++i, ++out.at) {
    *out.at = *(out.at - static_cast<std::ptrdiff_t>(match_distance_));
  }
}

}  // namespace dem
