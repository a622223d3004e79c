#include "linalg/shifted_system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dem/base/error.h"
#include "support/random_matrix.h"

namespace dem::test {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

double largest(const Matrix<double>& a) {
  double most = 0.0;
  for (Index i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a.data()[i]));
  return most;
}

class ShiftedSystemTest : public testing::TestWithParam<Shifts> {};

// Both methods are backward stable: what is left of b is of the order of n epsilon |a + shift| |x|.
// The norm of n numbers is at most n times the largest; that is one more n, and 4 for the rest.
TEST_P(ShiftedSystemTest, SolutionGivesTheRightSide) {
  Rng rng(11, Purpose::kInit);
  for (const Index n : {1, 5, 40}) {
    const Matrix<double> a = naive_gram(normal_doubles(n / 2 + 1, n, rng));  // singular
    const ShiftedSystem system(a.clone(), GetParam());
    EXPECT_EQ(system.size(), n);
    const Matrix<double> b = normal_doubles(n, 3, rng);
    for (const double shift : {1e-6, 0.5, 1e4}) {
      Matrix<double> x = b.clone();
      system.solve(shift, x);
      const double tolerance =
          4.0 * static_cast<double>(n * n) * kEpsilon * (largest(a) + shift) * largest(x);
      for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j < 3; ++j) {
          double sum = shift * x(i, j);
          for (Index k = 0; k < n; ++k) sum += a(i, k) * x(k, j);
          ASSERT_NEAR(sum, b(i, j), tolerance) << n << ", " << shift << ": " << i << ", " << j;
        }
      }
    }
  }
}

TEST_P(ShiftedSystemTest, RefusesAShiftThatLeavesItSingular) {
  // Ones: 3 with (1, 1, 1), twice 0.
  Matrix<double> a(3, 3);
  std::fill_n(a.data(), a.size(), 1.0);
  const ShiftedSystem system(std::move(a), GetParam());
  for (const double shift : {0.0, -0.5, std::nan("")}) {
    Matrix<double> b(3, 1);
    try {
      system.solve(shift, b);
      ADD_FAILURE() << shift;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kNumerical) << error.what();
    }
  }
}

TEST_P(ShiftedSystemTest, OfNoRowsOrForNoRightSide) {
  Matrix<double> nothing(0, 2);
  ShiftedSystem(Matrix<double>(), GetParam()).solve(1.0, nothing);
  Matrix<double> no_columns(2, 0);
  ShiftedSystem(Matrix<double>(2, 2), GetParam()).solve(1.0, no_columns);
  Matrix<double> wrong(3, 1);
  EXPECT_THROW(ShiftedSystem(Matrix<double>(2, 2), GetParam()).solve(1.0, wrong), Error);
}

bool solves(const ShiftedSystem& system, double shift) {
  Matrix<double> b(system.size(), 1);
  b(0, 0) = 1.0;
  try {
    system.solve(shift, b);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical) << error.what();
    return false;
  }
  return true;
}

constexpr Shifts kBothWays[] = {Shifts::kOne, Shifts::kMany};

// Which way is taken goes by how many numbers are tried, so that a choice that validation took by
// one must have a solution by the other.
TEST(ShiftedSystem, BothWaysRefuseTheSameShifts) {
  Rng rng(13, Purpose::kInit);
  const Index n = 12;
  for (const Index rank : {3, 6, 11, 11, 11, 11, 11, 11}) {  // of 11 LAPACK takes some
    const Matrix<double> singular = naive_gram(normal_doubles(rank, n, rng));
    // The largest eigenvalue is between the largest number and n times it, a pivot not below the
    // smallest eigenvalue, and here at most n times it: within n of this threshold either may
    // refuse.
    const double threshold = static_cast<double>(n) * kEpsilon * largest(singular);
    for (const Shifts shifts : kBothWays) {
      const ShiftedSystem system(singular.clone(), shifts);
      for (int power = -300; power <= 3; ++power) {
        const double shift = std::pow(10.0, power);
        if (shift > threshold / n && shift < threshold * n) continue;
        EXPECT_EQ(solves(system, shift), shift > threshold)
            << shift << (shifts == Shifts::kOne ? ", one" : ", many");
      }
    }
  }
}

TEST(ShiftedSystem, BothWaysTakeAnyShiftOfADefiniteMatrixAndOfZeros) {
  Rng rng(14, Purpose::kInit);
  const Index n = 12;
  const Matrix<double> definite = naive_gram(normal_doubles(4 * n, n, rng));
  for (const Shifts shifts : kBothWays) {
    const ShiftedSystem good(definite.clone(), shifts);
    const ShiftedSystem zeros(Matrix<double>(n, n), shifts);
    for (int power = -300; power <= 3; ++power) {
      const double shift = std::pow(10.0, power);
      EXPECT_TRUE(solves(good, shift)) << shift;
      EXPECT_TRUE(solves(zeros, shift)) << shift;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BothWays, ShiftedSystemTest, testing::Values(Shifts::kOne, Shifts::kMany));

}  // namespace
}  // namespace dem::test
