// Sums over float32 vectors, taken in double precision.
#pragma once

#include <span>

namespace dem {

// All three add in one fixed order (eight interleaved partial sums, then pairwise), so equal
// vectors give equal bits. Products of two float32 are exact in double: the relative error is that
// of the additions, at most size * 2^-53 of the sum of the terms' magnitudes.
[[nodiscard]] double squared_norm(std::span<const float> a) noexcept;
// b has at least as many elements as a.
[[nodiscard]] double dot(std::span<const float> a, std::span<const float> b) noexcept;
[[nodiscard]] double squared_distance(std::span<const float> a, std::span<const float> b) noexcept;

}  // namespace dem
