// What zlib puts around deflated data (RFC 1950): two bytes before, a checksum behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace dem {

inline constexpr std::size_t kZlibHeaderBytes = 2;

// What is wrong with the header, or with the checksum that `rest` starts with; null where nothing
// is.
[[nodiscard]] const char* zlib_header_problem(std::span<const std::byte> compressed);
[[nodiscard]] const char* zlib_checksum_problem(std::span<const std::byte> rest,
                                                std::uint32_t checksum);

// Inflates all of `compressed` to room.size() - 1 bytes at the start of `room`; the last byte is
// there to see whether there are more. What is wrong; null where nothing is.
[[nodiscard]] const char* inflate_zlib(std::span<const std::byte> compressed,
                                       std::span<std::byte> room);

}  // namespace dem
