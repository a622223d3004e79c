#include "linalg/double_sums.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace dem {
namespace {

// Every length from 0 to past two full blocks, against a plain loop in long double. Tolerance: a
// sum of n terms errs by less than n * 2^-53 of the sum of their magnitudes.
TEST(DoubleSums, AgreeWithAPlainLoopAtEveryLength) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  for (std::size_t n = 0; n < 40; ++n) {
    std::vector<float> a(n);
    std::vector<float> b(n);
    long double norm = 0;
    long double product = 0;
    long double magnitudes = 0;
    long double distance = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const long double x = a[i] = normal(generator);
      const long double y = b[i] = normal(generator);
      norm += x * x;
      product += x * y;
      magnitudes += std::abs(x * y);
      distance += (x - y) * (x - y);
    }
    const double unit = static_cast<double>(n) * 0x1p-53;
    EXPECT_NEAR(squared_norm(a), static_cast<double>(norm), unit * static_cast<double>(norm)) << n;
    EXPECT_NEAR(dot(a, b), static_cast<double>(product), unit * static_cast<double>(magnitudes))
        << n;
    EXPECT_NEAR(squared_distance(a, b),
                static_cast<double>(distance),
                (unit + 0x1p-52) * static_cast<double>(distance))
        << n;
  }
}

// 1 + 2^-30 and 1 differ in double's square, not in float's; 1e30 squared is beyond float.
TEST(DoubleSums, AreNotRoundedToFloat) {
  const std::vector<float> a = {1.0f, 0x1p-15f, 1e30f};
  const std::vector<float> head = {1.0f, 0x1p-15f};
  EXPECT_EQ(squared_norm(head), 1.0 + 0x1p-30);
  EXPECT_EQ(squared_norm(a), (static_cast<double>(1e30f) * static_cast<double>(1e30f)));
  EXPECT_EQ(squared_distance(head, std::vector<float>{0.0f, 0.0f}), 1.0 + 0x1p-30);
}

}  // namespace
}  // namespace dem
