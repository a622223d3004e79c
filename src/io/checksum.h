// Checksums of zlib, gzip and zip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dem {

// CRC-32, going on from the checksum of what came `before`.
[[nodiscard]] std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t before = 0);

// Adler-32, as behind zlib's data; 1 is that of nothing.
[[nodiscard]] std::uint32_t adler32_of(std::span<const std::byte> bytes, std::uint32_t before = 1);

}  // namespace dem
