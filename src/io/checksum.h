// CRC-32 as zlib and gzip compute it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dem {

// Goes on from the checksum of what came `before`.
[[nodiscard]] std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace dem
