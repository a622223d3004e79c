#include "optim/adam.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/random_matrix.h"

namespace dem {
namespace {

constexpr AdamOptions kOptions{1e-3, 0.9, 0.999, 1e-8};

std::vector<float> normal_vector(std::size_t n, Rng& rng) {
  std::vector<float> values(n);
  test::fill_normal(values, 1.0, rng);
  return values;
}

TEST(Adam, AgreesWithTheFormulaInDouble) {
  Rng rng(3, Purpose::kSynthetic);
  // Sizes around the widths of vector registers, so that every remainder loop runs.
  for (const std::size_t n : {0u, 1u, 3u, 7u, 8u, 15u, 16u, 17u, 31u, 64u, 1000u, 1001u}) {
    for (const double beta1 : {0.0, 0.01, 0.9}) {
      const AdamOptions options{1e-3, beta1, 0.999, 1e-8};
      std::vector<float> w = normal_vector(n, rng);
      std::vector<float> m = normal_vector(n, rng);
      std::vector<float> v = normal_vector(n, rng);
      for (float& value : v) value *= value;
      const std::vector<float> g = normal_vector(n, rng);
      const std::vector<float> w0 = w;
      const std::vector<float> m0 = m;
      const std::vector<float> v0 = v;
      const float scale = 0.25f;
      const float l2 = 0.01f;
      adam_update(adam_factors(options, 7), g, scale, l2, {w, m, v});
      const double rate =
          1e-3 * std::sqrt(1.0 - std::pow(0.999, 7.0)) / (1.0 - std::pow(beta1, 7.0));
      for (std::size_t i = 0; i < n; ++i) {
        const double gradient = 0.25 * g[i] + double{l2} * w0[i];
        const double m1 = beta1 * m0[i] + (1.0 - beta1) * gradient;
        const double v1 = 0.999 * v0[i] + 0.001 * gradient * gradient;
        // A handful of roundings of terms of the order of 1 to 4.
        const double tolerance = 8 * std::numeric_limits<float>::epsilon();
        EXPECT_NEAR(m[i], m1, tolerance) << "n " << n << ", i " << i;
        EXPECT_NEAR(v[i], v1, tolerance * (1.0 + v1)) << "n " << n << ", i " << i;
        const double step = rate * m1 / (std::sqrt(v1) + 1e-8);
        EXPECT_NEAR(w[i], w0[i] - step, tolerance * (1.0 + std::abs(step)))
            << "n " << n << ", i " << i;
      }
    }
  }
}

TEST(Adam, FirstStepIsTheLearningRateAgainstTheSignOfTheGradient) {
  // m / sqrt(v) = (1 - beta1) g / (sqrt(1 - beta2) |g|), and the rate takes both factors back.
  std::vector<float> w{1.0f, 1.0f, 1.0f};
  std::vector<float> m(3, 0.0f);
  std::vector<float> v(3, 0.0f);
  const std::vector<float> g{0.5f, -2.0f, 0.0f};
  adam_update(adam_factors(kOptions, 1), g, 1.0f, 0.0f, {w, m, v});
  EXPECT_NEAR(w[0], 0.999f, 1e-6f);
  EXPECT_NEAR(w[1], 1.001f, 1e-6f);
  EXPECT_EQ(w[2], 1.0f);
}

TEST(Adam, FactorsOfLateStepsNoLongerCorrectTheBias) {
  const AdamFactors factors = adam_factors(kOptions, 1'000'000);
  EXPECT_FLOAT_EQ(factors.rate, 1e-3f);
  EXPECT_FLOAT_EQ(factors.one_minus_beta1, 0.1f);
  EXPECT_FLOAT_EQ(factors.one_minus_beta2, 0.001f);
}

TEST(Adam, WritesNothingOutsideItsWindow) {
  Rng rng(4, Purpose::kSynthetic);
  for (std::size_t n = 0; n < 70; ++n) {
    std::vector<float> w(n + 2, 5.0f);
    std::vector<float> m(n + 2, 6.0f);
    std::vector<float> v(n + 2, 7.0f);
    const std::vector<float> g = normal_vector(n, rng);
    const auto inner = [n](std::vector<float>& all) { return std::span(all).subspan(1, n); };
    adam_update(adam_factors(kOptions, 3), g, 1.0f, 0.0f, {inner(w), inner(m), inner(v)});
    EXPECT_EQ(w.front() + w.back(), 10.0f) << n;
    EXPECT_EQ(m.front() + m.back(), 12.0f) << n;
    EXPECT_EQ(v.front() + v.back(), 14.0f) << n;
  }
}

}  // namespace
}  // namespace dem
