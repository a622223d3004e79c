// The inflater against zlib: the same bytes of all data that zlib takes. Some codes that zlib
// refuses are taken; what comes of them the checksum behind them refuses.
#include "io/inflater.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/text.h"
#include "io/checksum.h"

namespace dem {
namespace {

using Bytes = std::vector<std::byte>;

Bytes deflated(const Bytes& plain, int level, int strategy, int memory = 8) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, memory, strategy), Z_OK);
  Bytes out(deflateBound(&stream, plain.size()) + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

// What zlib makes of raw deflated data, if it takes them, up to `most` bytes.
std::optional<Bytes> by_zlib(const Bytes& compressed, std::size_t most) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
  Bytes out(most + 1);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  const bool good = status == Z_STREAM_END || out.size() == most + 1;
  return good ? std::optional(out) : std::nullopt;
}

// In pieces of the given size. What lies behind a piece must stay as it was: sanitizers do not look
// into the library.
std::optional<Bytes> by_dem(const Bytes& compressed, std::size_t most, std::size_t piece) {
  constexpr std::size_t kBehind = 64;
  constexpr std::byte kUntouched{0xa5};
  Inflater inflater(compressed);
  Bytes out;
  while (out.size() <= most) {
    const std::size_t wanted = std::min(piece, most + 1 - out.size());
    Bytes buffer(wanted + kBehind, kUntouched);
    const std::size_t got = inflater.inflate(buffer.data(), wanted);
    EXPECT_LE(got, wanted);
    const auto behind = buffer.begin() + static_cast<std::ptrdiff_t>(wanted);
    EXPECT_EQ(std::count(behind, buffer.end(), kUntouched), kBehind);
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
    if (got == wanted) continue;
    return inflater.ended() ? std::optional(out) : std::nullopt;
  }
  return out;
}

// Bytes of several kinds: numbers as features have them, runs, repeats at all distances, noise.
Bytes sample(int kind, std::size_t size) {
  Rng rng(static_cast<std::uint64_t>(kind), Purpose::kSynthetic);
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<std::byte>(rng.below(256));
    switch (kind) {
      case 0:  // doubles that were floats, half of them 0
        bytes[i] = i % 8 < 3 || i / 8 % 2 == 0 ? std::byte{0} : byte;
        break;
      case 1:  // runs
        bytes[i] = i > 0 && rng.below(40) != 0 ? bytes[i - 1] : byte;
        break;
      case 2: {  // repeats at every small distance, and some far ones
        const std::size_t back = 1 + rng.below(rng.below(9) == 0 ? 40000 : 20);
        const std::size_t length = std::min<std::size_t>(3 + rng.below(300), size - i);
        for (std::size_t k = 0; k < length; ++k) {
          bytes[i + k] = i + k >= back ? bytes[i + k - back] : byte;
        }
        i += length - 1;
        break;
      }
      case 3:  // codes of many lengths
        bytes[i] = static_cast<std::byte>(
            std::min<std::uint64_t>(rng.below(256), rng.below(1 + rng.below(256))));
        break;
      default:
        bytes[i] = byte;
    }
  }
  return bytes;
}

constexpr int kKinds = 5;

TEST(Inflater, GivesBackWhatZlibDeflated) {
  for (int kind = 0; kind < kKinds; ++kind) {
    for (const std::size_t size : {0u, 1u, 7u, 300u, 5000u, 200000u}) {
      const Bytes plain = sample(kind, size);
      for (const int level : {0, 1, 6, 9}) {
        for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
          const Bytes compressed = deflated(plain, level, strategy, level == 1 ? 1 : 8);
          for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{4099}, size / 50 + 1}) {
            const auto got = by_dem(compressed, size, piece);
            ASSERT_TRUE(got.has_value()) << kind << " " << size << " " << level << " " << strategy;
            ASSERT_TRUE(*got == plain) << kind << " " << size << " " << level << " " << strategy;
          }
        }
      }
    }
  }
}

TEST(Inflater, StopsBehindTheLastBlock) {
  const Bytes plain = sample(3, 10000);
  Bytes compressed = deflated(plain, 6, Z_DEFAULT_STRATEGY);
  for (int i = 1; i <= 20; ++i) compressed.push_back(static_cast<std::byte>(i));
  Inflater inflater(compressed);
  Bytes out(plain.size() + 1);
  EXPECT_EQ(inflater.inflate(out.data(), out.size()), plain.size());
  ASSERT_TRUE(inflater.ended());
  ASSERT_EQ(inflater.rest().size(), 20u);
  EXPECT_EQ(inflater.rest().front(), std::byte{1});
}

TEST(Inflater, OfDamagedDataGivesWhatZlibDoesOrRefuses) {
  Rng rng(1, Purpose::kSynthetic);
  int refused = 0, taken_by_dem_alone = 0;
  for (int round = 0; round < 6000; ++round) {
    const int kind = round % kKinds;
    const std::size_t size = 1 + rng.below(6000);
    const Bytes plain = sample(kind, size);
    Bytes compressed =
        deflated(plain, 1 + round % 9, round % 7 == 0 ? Z_FIXED : Z_DEFAULT_STRATEGY, 1);
    // Near the start, where the codes are described, or anywhere.
    for (std::uint64_t flips = 1 + rng.below(3); flips > 0; --flips) {
      const std::size_t within =
          rng.below(2) == 0 ? std::min<std::size_t>(compressed.size(), 60) : compressed.size();
      compressed[rng.below(within)] ^= static_cast<std::byte>(1u << rng.below(8));
    }
    if (rng.below(4) == 0) compressed.resize(rng.below(compressed.size()));
    const auto expected = by_zlib(compressed, 2 * size);
    const auto got = by_dem(compressed, 2 * size, round % 2 == 0 ? 1 << 20 : 1000);
    if (expected) {
      ASSERT_TRUE(got == expected) << round;
    } else if (got && *got != plain) {
      ASSERT_NE(adler32_of(*got, 1), adler32_of(plain, 1)) << round;
      ++taken_by_dem_alone;
    }
    refused += got ? 0 : 1;
  }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(taken_by_dem_alone, 0);
}

TEST(Inflater, OfRandomBytesGivesWhatZlibDoesOrRefuses) {
  Rng rng(2, Purpose::kSynthetic);
  for (int round = 0; round < 60000; ++round) {
    Bytes compressed(1 + rng.below(200));
    for (std::byte& byte : compressed) byte = static_cast<std::byte>(rng.below(256));
    // Most of them with codes of their own.
    if (rng.below(4) != 0) compressed[0] = (compressed[0] & std::byte{0xf8}) | std::byte{5};
    const auto expected = by_zlib(compressed, 5000);
    const auto got = by_dem(compressed, 5000, 1 << 20);
    if (expected) {
      ASSERT_TRUE(got == expected) << round;
    }
  }
}

TEST(Checksum, AdlerIsZlibs) {
  for (const std::size_t size : {0u, 1u, 15u, 16u, 8191u, 8192u, 8193u, 1000003u}) {
    Bytes bytes = sample(4, size);
    for (const bool highest : {false, true}) {
      if (highest) std::fill(bytes.begin(), bytes.end(), std::byte{255});
      const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
      const auto expected = size == 0 ? 0xfff0fff0 : ::adler32_z(0xfff0fff0, data, size);
      EXPECT_EQ(adler32_of(bytes, 0xfff0fff0), expected) << size;
    }
  }
}

}  // namespace
}  // namespace dem
