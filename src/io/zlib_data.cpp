#include "io/zlib_data.h"

#include "io/checksum.h"
#include "io/inflater.h"

namespace dem {
namespace {

constexpr const char* kEndsEarly = "the data end early";

}  // namespace

const char* zlib_header_problem(std::span<const std::byte> compressed) {
  if (compressed.size() < kZlibHeaderBytes) return kEndsEarly;
  const auto method = std::to_integer<unsigned>(compressed[0]);
  const auto flags = std::to_integer<unsigned>(compressed[1]);
  if ((method * 256 + flags) % 31 != 0) return "incorrect header check";
  if ((method & 15) != 8) return "unknown compression method";
  if (method >> 4 > 7) return "invalid window size";
  return (flags & 32) != 0 ? "a dictionary is needed" : nullptr;
}

const char* zlib_checksum_problem(std::span<const std::byte> rest, std::uint32_t checksum) {
  if (rest.size() < 4) return kEndsEarly;
  std::uint32_t expected = 0;
  for (const std::byte byte : rest.first(4)) {
    expected = expected << 8 | std::to_integer<std::uint32_t>(byte);
  }
  return expected == checksum ? nullptr : "incorrect data check";
}

const char* inflate_zlib(std::span<const std::byte> compressed, std::span<std::byte> room) {
  if (const char* problem = zlib_header_problem(compressed)) return problem;
  Inflater inflater(compressed.subspan(kZlibHeaderBytes));
  const std::size_t expected = room.size() - 1;
  const std::size_t got = inflater.inflate(room.data(), room.size());
  if (inflater.problem() != nullptr) return inflater.problem();
  if (got > expected) return "it is longer than its place";
  if (got < expected || !inflater.ended()) return kEndsEarly;
  return zlib_checksum_problem(inflater.rest(), adler32_of(room.first(expected)));
}

}  // namespace dem
