// The checker itself, on a function whose gradient is known, right and wrong.
#include "support/gradient_checker.h"

#include <gtest/gtest.h>

namespace dem::test {
namespace {

// f(x) = x0^3 + x0 x1 + sin(x2); gradient (3 x0^2 + x1, x0, cos(x2)).
double function(std::span<const double> x) {
  return x[0] * x[0] * x[0] + x[0] * x[1] + std::sin(x[2]);
}

const std::vector<double> kPoint{0.5, -1.5, 0.3};

TEST(GradientChecker, PassesARightGradient) {
  const std::vector<double> right{3 * 0.25 - 1.5, 0.5, std::cos(0.3)};
  EXPECT_LT(gradient_error(function, kPoint, right), 1e-9);
}

TEST(GradientChecker, CatchesAWrongGradient) {
  const std::vector<double> wrong_sign{-(3 * 0.25 - 1.5), 0.5, std::cos(0.3)};
  EXPECT_GT(gradient_error(function, kPoint, wrong_sign), 1.0);
  const std::vector<double> wrong_factor{3 * 0.25 - 1.5, 0.5, 1.001 * std::cos(0.3)};
  EXPECT_GT(gradient_error(function, kPoint, wrong_factor), 9e-4);
  const std::vector<double> lost_term{3 * 0.25, 0.5, std::cos(0.3)};
  EXPECT_GT(gradient_error(function, kPoint, lost_term), 1.0);
}

}  // namespace
}  // namespace dem::test
