#include <bit>
#include <cmath>
#include <cstdint>

#include "dem/model/class_map.h"

namespace dem {

float round_to_float16(float value) noexcept {
  const float magnitude = std::fabs(value);
  if (!(magnitude < std::bit_cast<float>(0x7f800000u))) return value;  // infinity, NaN
  // Below 2^-14 float16 counts in steps of 2^-24, which is what float32 does in [0.5, 1).
  if (magnitude < 0x1p-14f) return std::copysign((magnitude + 0.5f) - 0.5f, value);
  // Normal numbers: 13 of the 23 fraction bits go; adding just under half of the last kept bit,
  // plus that bit itself, rounds ties to even and carries into the exponent where it must.
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(magnitude);
  const std::uint32_t rounded = (bits + 0xfffu + ((bits >> 13) & 1u)) & ~0x1fffu;
  constexpr std::uint32_t k65536 = 0x47800000u;
  return std::copysign(std::bit_cast<float>(rounded >= k65536 ? 0x7f800000u : rounded), value);
}

}  // namespace dem
