#include "io/widen.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "io/convert.h"

namespace dem {
namespace {

// All bit patterns of a type, one byte off their natural alignment.
template <typename Number>
std::vector<std::byte> all_patterns() {
  const std::size_t count = std::size_t{1} << (8 * sizeof(Number));
  std::vector<std::byte> bytes(1 + count * sizeof(Number));
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<Number>(i);
    std::memcpy(bytes.data() + 1 + i * sizeof(Number), &number, sizeof(Number));
  }
  return bytes;
}

template <typename Number, typename Expected>
void expect_all(ElementType type, const Expected& expected) {
  const std::vector<std::byte> bytes = all_patterns<Number>();
  const auto count = static_cast<Index>((bytes.size() - 1) / sizeof(Number));
  std::vector<float> out(static_cast<std::size_t>(count));
  ASSERT_TRUE(widen_exactly(type, bytes.data() + 1, count, out.data())) << to_string(type);
  for (Index i = 0; i < count; ++i) {
    const float want = expected(static_cast<Number>(i));
    const float got = out[static_cast<std::size_t>(i)];
    if (std::isnan(want)) {
      ASSERT_TRUE(std::isnan(got)) << to_string(type) << ", bits " << i;
    } else {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(got), std::bit_cast<std::uint32_t>(want))
          << to_string(type) << ", bits " << i;
    }
  }
}

TEST(Widen, EveryNumberIsWhatTheScalarConversionGives) {
  const auto cast = [](auto number) { return static_cast<float>(number); };
  expect_all<std::uint8_t>(ElementType::kUint8, cast);
  expect_all<std::uint8_t>(ElementType::kBool, cast);
  expect_all<std::int8_t>(ElementType::kInt8, cast);
  expect_all<std::uint16_t>(ElementType::kUint16, cast);
  expect_all<std::int16_t>(ElementType::kInt16, cast);
  expect_all<std::uint16_t>(ElementType::kFloat16, float16_to_float);
  expect_all<std::uint16_t>(ElementType::kBfloat16, bfloat16_to_float);
}

// Lengths that are no multiple of a vector; what lies behind the end stays as it is.
TEST(Widen, ShortArraysEndWhereTheyEnd) {
  const std::vector<std::byte> bytes = all_patterns<std::uint16_t>();
  for (Index n = 0; n < 70; ++n) {
    std::vector<float> out(static_cast<std::size_t>(n) + 1, -7.0f);
    ASSERT_TRUE(widen_exactly(ElementType::kInt16, bytes.data() + 1, n, out.data()));
    for (Index i = 0; i < n; ++i) ASSERT_EQ(out[static_cast<std::size_t>(i)], i) << n;
    ASSERT_EQ(out.back(), -7.0f) << n;
  }
}

TEST(Widen, WiderTypesAreLeftToOthers) {
  for (const ElementType type : {ElementType::kFloat32,
                                 ElementType::kFloat64,
                                 ElementType::kInt32,
                                 ElementType::kInt64,
                                 ElementType::kUint32,
                                 ElementType::kUint64}) {
    EXPECT_FALSE(widen_exactly(type, nullptr, 0, nullptr)) << to_string(type);
  }
}

}  // namespace
}  // namespace dem
