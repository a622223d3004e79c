#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "dem/model/model.h"

namespace dem {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The value of a finite float16 pattern by definition (IEEE 754-2008, 3.4): exact in float32.
float half_value(std::uint32_t pattern) {
  const int exponent = static_cast<int>((pattern >> 10) & 0x1fu);
  const int fraction = static_cast<int>(pattern & 0x3ffu);
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return static_cast<float>((pattern & 0x8000u) != 0 ? -magnitude : magnitude);
}

std::uint32_t bits_of(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

TEST(Float16, EveryFinitePatternStaysWhatItIs) {
  for (std::uint32_t pattern = 0; pattern < 0x10000u; ++pattern) {
    if (((pattern >> 10) & 0x1fu) == 0x1fu) continue;
    const float value = half_value(pattern);
    EXPECT_EQ(bits_of(round_to_float16(value)), bits_of(value)) << "pattern " << pattern;
  }
}

// Between each pair of neighbours: the midpoint (exact in float32) goes to the neighbour with an
// even pattern, and the next float32 to either side of it to the nearer one.
TEST(Float16, BetweenNeighboursTheNearerWinsAndTiesGoToEven) {
  for (std::uint32_t pattern = 0; pattern < 0x7bffu; ++pattern) {
    const float low = half_value(pattern);
    const float high = half_value(pattern + 1);
    const float middle = low + (high - low) / 2;
    const float even = pattern % 2 == 0 ? low : high;
    for (const float sign : {1.0f, -1.0f}) {
      const auto rounded = [sign](float value) { return round_to_float16(sign * value); };
      ASSERT_EQ(bits_of(rounded(middle)), bits_of(sign * even)) << "pattern " << pattern;
      ASSERT_EQ(bits_of(rounded(std::nextafter(middle, 0.0f))), bits_of(sign * low)) << pattern;
      ASSERT_EQ(bits_of(rounded(std::nextafter(middle, kInfinity))), bits_of(sign * high))
          << pattern;
    }
  }
}

// 65504 is the largest; the next step would be 65536, so 65520 is the tie and goes to the even one.
TEST(Float16, BeyondTheLargestGoesToInfinity) {
  EXPECT_EQ(round_to_float16(std::nextafter(65520.0f, 0.0f)), 65504.0f);
  EXPECT_EQ(round_to_float16(65520.0f), kInfinity);
  EXPECT_EQ(round_to_float16(-65520.0f), -kInfinity);
  EXPECT_EQ(round_to_float16(std::numeric_limits<float>::max()), kInfinity);
  EXPECT_EQ(round_to_float16(kInfinity), kInfinity);
  EXPECT_EQ(round_to_float16(-kInfinity), -kInfinity);
  EXPECT_TRUE(std::isnan(round_to_float16(std::numeric_limits<float>::quiet_NaN())));
}

TEST(Float16, TinyNumbersBecomeZeroOfTheirSign) {
  EXPECT_EQ(bits_of(round_to_float16(std::numeric_limits<float>::denorm_min())), bits_of(0.0f));
  EXPECT_EQ(bits_of(round_to_float16(-0x1p-25f)), bits_of(-0.0f));
  EXPECT_EQ(bits_of(round_to_float16(-0.0f)), bits_of(-0.0f));
}

}  // namespace
}  // namespace dem
