#include "io/checksum.h"

#include <zlib.h>

#include <cstring>

#include "base/simd.h"

namespace dem {
namespace {

constexpr std::size_t kColumns = 16;
using Bytes [[gnu::vector_size(kColumns)]] = std::uint8_t;
using Words [[gnu::vector_size(4 * kColumns)]] = std::uint32_t;

// Adler's two sums over whole rows of 16 bytes, not reduced: few enough for 32 bits.
struct Sums {
  std::uint64_t plain = 0;
  std::uint64_t weighted = 0;  // each byte times the number of bytes from it to the end
};

Sums sum_rows(const std::byte* bytes, std::size_t rows) {
  std::uint32_t plain[kColumns], below[kColumns];
  vectorised([&]() DEM_KERNEL {
    Words sum{}, sums_before{};
    for (std::size_t row = 0; row < rows; ++row) {
      Bytes loaded;
      std::memcpy(&loaded, bytes + row * kColumns, sizeof loaded);
      sums_before += sum;
      sum += __builtin_convertvector(loaded, Words);
    }
    std::memcpy(plain, &sum, sizeof plain);
    std::memcpy(below, &sums_before, sizeof below);
  });
  Sums sums;
  for (std::size_t column = 0; column < kColumns; ++column) {
    sums.plain += plain[column];
    sums.weighted += std::uint64_t{kColumns} * below[column] + (kColumns - column) * plain[column];
  }
  return sums;
}

}  // namespace

std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t before) {
  if (bytes.empty()) return before;  // zlib starts anew where it is given a null pointer
  return static_cast<std::uint32_t>(
      ::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t adler32_of(std::span<const std::byte> bytes, std::uint32_t before) {
  constexpr std::uint64_t kModulus = 65521;
  constexpr std::size_t kMostRows = 512;
  std::uint64_t plain = before & 0xffff, weighted = before >> 16;
  while (bytes.size() >= kColumns) {
    const std::size_t rows =
        bytes.size() / kColumns < kMostRows ? bytes.size() / kColumns : kMostRows;
    const Sums sums = sum_rows(bytes.data(), rows);
    weighted = (weighted + rows * kColumns * plain + sums.weighted) % kModulus;
    plain = (plain + sums.plain) % kModulus;
    bytes = bytes.subspan(rows * kColumns);
  }
  for (const std::byte byte : bytes) {
    plain += std::to_integer<std::uint64_t>(byte);
    weighted += plain;
  }
  return static_cast<std::uint32_t>(weighted % kModulus << 16 | plain % kModulus);
}

}  // namespace dem
