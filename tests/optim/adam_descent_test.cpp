#include "optim/adam_descent.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace dem {
namespace {

// (x - 1)^2 + 10 (y + 2)^2
double bowl(std::span<const double> x, std::span<double> gradient) {
  gradient[0] = 2.0 * (x[0] - 1.0);
  gradient[1] = 20.0 * (x[1] + 2.0);
  return (x[0] - 1.0) * (x[0] - 1.0) + 10.0 * (x[1] + 2.0) * (x[1] + 2.0);
}

TEST(AdamDescent, FindsTheMinimumOfABowl) {
  std::vector<double> x{4.0, 5.0};
  const DescentReport report = minimise_adam(
      bowl, x, {.adam = {.learning_rate = 0.05}, .tolerance = 1e-6, .max_iterations = 20000}, {});
  EXPECT_TRUE(report.converged || report.flat) << report.iterations;
  EXPECT_NEAR(x[0], 1.0, 1e-3);
  EXPECT_NEAR(x[1], -2.0, 1e-3);
}

// A step so long that the second point is worse than the first.
TEST(AdamDescent, LeavesTheBestPoint) {
  std::vector<double> x{1.0, -2.1};
  std::vector<double> gradient(2);
  const double before = bowl(x, gradient);
  const DescentReport report =
      minimise_adam(bowl, x, {.adam = {.learning_rate = 10.0}, .max_iterations = 1}, {});
  EXPECT_EQ(report.iterations, 1);
  EXPECT_EQ(report.value, before);
  EXPECT_EQ(x, (std::vector<double>{1.0, -2.1}));
}

TEST(AdamDescent, StopsWhereItIsToldAndWhereNothingIsFinite) {
  std::vector<double> x{4.0, 5.0};
  const DescentReport told =
      minimise_adam(bowl, x, {}, [](const DescentReport& at) { return at.iterations == 3; });
  EXPECT_TRUE(told.stopped);
  EXPECT_EQ(told.iterations, 3);
  const auto broken = [](std::span<const double>, std::span<double> gradient) {
    std::fill(gradient.begin(), gradient.end(), 1.0);
    return std::numeric_limits<double>::quiet_NaN();
  };
  EXPECT_EQ(minimise_adam(broken, x, {}, {}).iterations, 0);
}

}  // namespace
}  // namespace dem
