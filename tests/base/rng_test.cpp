#include "base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace dem {
namespace {

// Written out with Python's integers from the description in rng.h:
//   M = 2**64 - 1
//   def mix(x): x = (x + 0x9e3779b97f4a7c15) & M; x = ((x ^ x >> 30) * 0xbf58476d1ce4e5b9) & M
//               x = ((x ^ x >> 27) * 0x94d049bb133111eb) & M; return x ^ x >> 31
//   x = mix((mix((mix(1000) + 2) & M) + 7) & M)
//   s = [mix((x + i * 0x9e3779b97f4a7c15) & M) for i in range(4)], then xoshiro256++.
TEST(Rng, ReproducesTheDocumentedStream) {
  Rng rng(1000, Purpose::kShuffle, 7);
  EXPECT_EQ(rng.next(), 0x1e267e5639e74abbu);
  EXPECT_EQ(rng.next(), 0x72a4565c6269d232u);
  EXPECT_EQ(rng.next(), 0x55fdce77d7e26b77u);
}

TEST(Rng, StreamsDifferBySeedPurposeAndIndex) {
  const std::uint64_t base = Rng(1, Purpose::kInit, 0).next();
  EXPECT_NE(base, Rng(2, Purpose::kInit, 0).next());
  EXPECT_NE(base, Rng(1, Purpose::kShuffle, 0).next());
  EXPECT_NE(base, Rng(1, Purpose::kInit, 1).next());
}

TEST(Rng, BelowIsUniform) {
  Rng rng(3, Purpose::kInit);
  constexpr int kDraws = 70000;
  std::vector<int> counts(7);
  for (int i = 0; i < kDraws; ++i) ++counts[rng.below(7)];
  // Binomial standard deviation is 93; six of them leave one chance in 10^8 for a false alarm.
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 7, 6 * 93);
}

TEST(Rng, NormalHasMeanZeroVarianceOneAndNoSkew) {
  Rng rng(4, Purpose::kInit);
  constexpr int kDraws = 200000;
  double sum = 0, sum2 = 0, sum3 = 0, sum4 = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.normal();
    sum += x;
    sum2 += x * x;
    sum3 += x * x * x;
    sum4 += x * x * x * x;
  }
  // Standard deviations of the k-th sample moment: sqrt(E x^2k - (E x^k)^2) / sqrt(n), times six.
  const double root = std::sqrt(double{kDraws});
  EXPECT_NEAR(sum / kDraws, 0, 6 * 1 / root);
  EXPECT_NEAR(sum2 / kDraws, 1, 6 * std::sqrt(2.0) / root);
  EXPECT_NEAR(sum3 / kDraws, 0, 6 * std::sqrt(15.0) / root);
  EXPECT_NEAR(sum4 / kDraws, 3, 6 * std::sqrt(96.0) / root);
}

TEST(Rng, ShuffleIsAPermutationWithUniformFirstPlace) {
  std::vector<int> first(5);
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    std::vector<int> items(5);
    std::iota(items.begin(), items.end(), 0);
    Rng rng(seed, Purpose::kShuffle);
    shuffle(std::span(items), rng);
    ++first[static_cast<std::size_t>(items[0])];
    std::sort(items.begin(), items.end());
    EXPECT_EQ(items, (std::vector{0, 1, 2, 3, 4}));
  }
  for (const int count : first) EXPECT_NEAR(count, 1000, 6 * 28.3);
}

}  // namespace
}  // namespace dem
