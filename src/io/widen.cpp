#include "io/widen.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/simd.h"

namespace dem {
namespace {

template <typename Number>
DEM_KERNEL inline Number load(const std::byte* source, Index i) {
  Number value;
  std::memcpy(&value, source + i * static_cast<Index>(sizeof(Number)), sizeof(Number));
  return value;
}

// Selections in the place of branches, both sides of which the compiler computes in vectors. Zero
// and subnormal numbers are fraction * 2^-24, without subnormal float32 numbers on the way, which
// the processor may be set to flush.
DEM_KERNEL inline float from_half(std::uint16_t half) {
  const std::uint32_t bits = half;
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t exponent = bits & 0x7c00u;
  const float small = static_cast<float>(static_cast<std::int32_t>(bits & 0x3ffu)) * 0x1.0p-24f;
  const std::uint32_t offset = exponent == 0x7c00u ? 0x70000000u : 0x38000000u;
  const std::uint32_t normal = ((bits & 0x7fffu) << 13) + offset;
  const std::uint32_t magnitude = exponent == 0 ? std::bit_cast<std::uint32_t>(small) : normal;
  return std::bit_cast<float>(sign | magnitude);
}

template <typename Number>
void widen_integers(const std::byte* source, Index n, float* out) {
  vectorised([=]() DEM_KERNEL {
    for (Index i = 0; i < n; ++i) out[i] = static_cast<float>(load<Number>(source, i));
  });
}

void widen_halves(const std::byte* source, Index n, float* out) {
  vectorised([=]() DEM_KERNEL {
    for (Index i = 0; i < n; ++i) out[i] = from_half(load<std::uint16_t>(source, i));
  });
}

void widen_brains(const std::byte* source, Index n, float* out) {
  vectorised([=]() DEM_KERNEL {
    for (Index i = 0; i < n; ++i) {
      out[i] = std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(source, i)} << 16);
    }
  });
}

}  // namespace

bool widen_exactly(ElementType type, const std::byte* source, Index n, float* out) {
  switch (type) {
    case ElementType::kBool:
    case ElementType::kUint8:
      widen_integers<std::uint8_t>(source, n, out);
      return true;
    case ElementType::kInt8:
      widen_integers<std::int8_t>(source, n, out);
      return true;
    case ElementType::kUint16:
      widen_integers<std::uint16_t>(source, n, out);
      return true;
    case ElementType::kInt16:
      widen_integers<std::int16_t>(source, n, out);
      return true;
    case ElementType::kFloat16:
      widen_halves(source, n, out);
      return true;
    case ElementType::kBfloat16:
      widen_brains(source, n, out);
      return true;
    default:
      return false;
  }
}

}  // namespace dem
