#include "optim/lbfgs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dem {
namespace {

// sum_i scale_i (x_i - i)^2 / 2, scales over three orders of magnitude.
double ill_conditioned(std::span<const double> x, std::span<double> gradient) {
  double value = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double scale =
        std::pow(10.0, 3.0 * static_cast<double>(i) / static_cast<double>(x.size()));
    const double difference = x[i] - static_cast<double>(i);
    value += scale * difference * difference / 2.0;
    gradient[i] = scale * difference;
  }
  return value;
}

double rosenbrock(std::span<const double> x, std::span<double> gradient) {
  const double a = 1.0 - x[0];
  const double b = x[1] - x[0] * x[0];
  gradient[0] = -2.0 * a - 400.0 * x[0] * b;
  gradient[1] = 200.0 * b;
  return a * a + 100.0 * b * b;
}

TEST(Lbfgs, FindsTheMinimumOfAnIllConditionedQuadratic) {
  std::vector<double> x(50, -3.0);
  const DescentReport report = minimise_lbfgs(
      ill_conditioned, x, {.tolerance = 1e-11, .flatness = 0.0, .max_iterations = 2000}, {});
  EXPECT_TRUE(report.converged) << report.iterations << ' ' << report.gradient_norm;
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(x[i], static_cast<double>(i), 1e-4) << i;
  }
}

TEST(Lbfgs, FollowsAValleyThatBends) {
  std::vector<double> x{-1.2, 1.0};
  std::vector<double> values;
  const DescentReport report =
      minimise_lbfgs(rosenbrock, x, {.tolerance = 1e-10}, [&](const DescentReport& at) {
        values.push_back(at.value);
        return false;
      });
  EXPECT_TRUE(report.converged);
  EXPECT_NEAR(x[0], 1.0, 1e-6);
  EXPECT_NEAR(x[1], 1.0, 1e-6);
  EXPECT_LT(report.evaluations, 100);
  EXPECT_EQ(report.iterations, static_cast<Index>(values.size()));
  for (std::size_t i = 1; i < values.size(); ++i) EXPECT_LT(values[i], values[i - 1]);
}

// Wherever it is told, in the middle of a search along a line too, it keeps the best point.
TEST(Lbfgs, IsStoppedAfterAnyEvaluationAtTheBestPointSoFar) {
  for (Index most = 1; most < 40; ++most) {
    Index asked = 0;
    std::vector<double> x{-1.2, 1.0};
    std::vector<double> gradient(2);
    double least = rosenbrock(x, gradient);
    const Objective watched = [&](std::span<const double> at, std::span<double> slope) {
      return rosenbrock(at, slope);
    };
    const DescentReport report =
        minimise_lbfgs(watched,
                       x,
                       {.tolerance = 1e-12, .should_stop = [&] { return ++asked >= most; }},
                       [&](const DescentReport& at) {
                         EXPECT_LT(at.value, least) << most;
                         least = at.value;
                         return false;
                       });
    EXPECT_TRUE(report.stopped) << most;
    EXPECT_FALSE(report.flat) << most;
    EXPECT_LE(report.evaluations, most + 2) << most;  // the start, and the best point once more
    EXPECT_EQ(rosenbrock(x, gradient), least) << most;
    EXPECT_EQ(report.value, least) << most;
  }
}

TEST(Lbfgs, StopsWhereItIsTold) {
  std::vector<double> x{-1.2, 1.0};
  const DescentReport report =
      minimise_lbfgs(rosenbrock, x, {}, [](const DescentReport& at) { return at.iterations == 3; });
  EXPECT_TRUE(report.stopped);
  EXPECT_FALSE(report.converged);
  EXPECT_EQ(report.iterations, 3);
  std::vector<double> gradient(2);
  EXPECT_EQ(rosenbrock(x, gradient), report.value);
}

TEST(Lbfgs, EndsWhereTheObjectiveIsNotFinite) {
  std::vector<double> x{1.0};
  const auto broken = [](std::span<const double>, std::span<double> gradient) {
    gradient[0] = 1.0;
    return std::numeric_limits<double>::quiet_NaN();
  };
  const DescentReport report = minimise_lbfgs(broken, x, {}, {});
  EXPECT_FALSE(report.converged);
  EXPECT_TRUE(std::isnan(report.value));
  EXPECT_EQ(x[0], 1.0);
}

// A wall at 2 that the first steps run into.
TEST(Lbfgs, TurnsBackFromWhereTheObjectiveIsNotFinite) {
  std::vector<double> x{0.0};
  const auto walled = [](std::span<const double> at, std::span<double> gradient) {
    gradient[0] = -2.0 * (1.9 - at[0]);
    return at[0] >= 2.0 ? std::numeric_limits<double>::infinity() : (1.9 - at[0]) * (1.9 - at[0]);
  };
  const DescentReport report = minimise_lbfgs(walled, x, {.tolerance = 1e-9}, {});
  EXPECT_TRUE(report.converged);
  EXPECT_NEAR(x[0], 1.9, 1e-6);
}

TEST(Lbfgs, EndsAtAKinkThatItCannotLeave) {
  std::vector<double> x{1.0};
  const auto modulus = [](std::span<const double> at, std::span<double> gradient) {
    gradient[0] = at[0] >= 0.0 ? 1.0 : -1.0;
    return std::abs(at[0]);
  };
  const DescentReport report = minimise_lbfgs(modulus, x, {.max_iterations = 100}, {});
  EXPECT_FALSE(report.converged);
  EXPECT_TRUE(report.flat);
  EXPECT_LT(report.value, 1e-6);
}

}  // namespace
}  // namespace dem
