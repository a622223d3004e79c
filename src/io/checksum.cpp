#include "io/checksum.h"

#include <zlib.h>

#include <algorithm>

#include "base/simd.h"

namespace dem {
namespace {

// Few enough bytes that 32 bits hold their sums.
constexpr std::size_t kMostBytes = 4096;

// Adler's two sums, not reduced: of the bytes, and of each times the number of bytes from it on.
struct Sums {
  std::uint32_t plain = 0;
  std::uint32_t weighted = 0;
};

Sums sums_of(const std::byte* bytes, std::size_t size) {
  Sums sums;
  vectorised([&sums, bytes, n = static_cast<std::uint32_t>(size)]() DEM_KERNEL {
    std::uint32_t plain = 0, weighted = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const auto value = std::to_integer<std::uint32_t>(bytes[i]);
      plain += value;
      weighted += (n - i) * value;
    }
    sums = {plain, weighted};
  });
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
  std::uint64_t plain = before & 0xffff, weighted = before >> 16;
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kMostBytes);
    const Sums sums = sums_of(bytes.data(), size);
    weighted = (weighted + size * plain + sums.weighted) % kModulus;
    plain = (plain + sums.plain) % kModulus;
    bytes = bytes.subspan(size);
  }
  return static_cast<std::uint32_t>(weighted << 16 | plain);
}

}  // namespace dem
