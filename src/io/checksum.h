// CRC-32 as zlib and gzip compute it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dem {

[[nodiscard]] std::uint32_t crc32_of(std::span<const std::byte> bytes);

}  // namespace dem
