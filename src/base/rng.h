// The generator behind every random draw, the same on every platform.
//
// xoshiro256++ (Blackman and Vigna, 2019), whose four state words are successive outputs of
// SplitMix64 started at mix(mix(mix(seed) + purpose) + index), where mix is SplitMix64's output
// function of (x + 0x9e3779b97f4a7c15). One independent stream a (seed, purpose, index).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace dem {

// What a stream is for; the numbers are part of the documented stream.
enum class Purpose : std::uint64_t {
  kInit = 1,
  kShuffle = 2,
  kValidation = 3,
  kSynthetic = 4,
  kControl = 5,
  kScoredFolds = 6,
  kSparedImages = 7,
  kScoredRows = 8,
  kBootstrap = 9,
  kDiagnosis = 10,
  kSplit = 11
};

class Rng {
 public:
  Rng(std::uint64_t seed, Purpose purpose, std::uint64_t index = 0) noexcept;

  // 64 uniform bits.
  std::uint64_t next() noexcept;
  // Uniform in [0, 1): the upper 53 bits of next() times 2^-53.
  double uniform() noexcept;
  // Uniform in 0 .. n - 1, n >= 1: upper word of next() * n, drawn again where the lower word is
  // below 2^64 mod n (Lemire, 2019).
  std::uint64_t below(std::uint64_t n) noexcept;
  // Standard normal by Marsaglia's polar method; the second value of a pair is kept for the next
  // call.
  double normal() noexcept;

 private:
  std::array<std::uint64_t, 4> state_;
  double spare_ = 0.0;
  bool has_spare_ = false;
};

// Fisher-Yates from the back: for i = n-1 .. 1 swaps items[i] with items[below(i + 1)].
template <typename T>
void shuffle(std::span<T> items, Rng& rng) {
  for (std::size_t i = items.size(); i-- > 1;) {
    std::swap(items[i], items[static_cast<std::size_t>(rng.below(i + 1))]);
  }
}

}  // namespace dem
