#include "linalg/cholesky.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dem/base/error.h"
#include "support/random_matrix.h"

namespace dem::test {
namespace {

// g g' + 1, definite, in the rows of a wider buffer.
Matrix<double> definite(Index n, Rng& rng) {
  const Matrix<float> g = normal_matrix(n, n + 2, 1.0, rng);
  Matrix<double> result(n, n + 3);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      double sum = i == j ? 1.0 : 0.0;
      for (Index k = 0; k < g.cols(); ++k) sum += double{g(i, k)} * double{g(j, k)};
      result(i, j) = sum;
    }
  }
  return result;
}

// What is left of b after a x, in plain loops.
TEST(SolvePositiveDefinite, SolutionGivesTheRightSide) {
  Rng rng(5, Purpose::kInit);
  for (const Index n : {1, 2, 7, 40}) {
    const Index columns = 100;  // more than one piece of work
    const Matrix<double> a = definite(n, rng);
    const Matrix<float> random = normal_matrix(n, columns, 1.0, rng);
    Matrix<double> x(n, columns);
    std::copy_n(random.data(), random.size(), x.data());
    Matrix<double> factor = a.clone();
    for (Index i = 0; i < n; ++i) {
      for (Index j = i + 1; j < n; ++j) factor(i, j) = 1e30;  // not read
    }
    ASSERT_TRUE(solve_positive_definite({factor.data(), n, n, factor.cols()}, x));
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < columns; ++j) {
        double sum = 0.0;
        for (Index k = 0; k < n; ++k) sum += a(i, k) * x(k, j);
        ASSERT_NEAR(sum, double{random(i, j)}, 1e-10) << n << ": " << i << ", " << j;
      }
    }
  }
}

TEST(Cholesky, OneFactorServesSeveralRightSides) {
  Rng rng(6, Purpose::kInit);
  const Index n = 20;
  const Matrix<double> wide = definite(n, rng);
  Matrix<double> a(n, n);
  for (Index i = 0; i < n; ++i) std::copy_n(wide.row(i).begin(), n, a.row(i).begin());
  const auto factor = Cholesky::factor(a.clone());
  ASSERT_TRUE(factor);
  EXPECT_EQ(factor->size(), n);
  for (const Index columns : {Index{1}, Index{3}, Index{70}}) {
    const Matrix<double> b = normal_doubles(n, columns, rng);
    Matrix<double> x = b.clone();
    factor->solve(x);
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < columns; ++j) {
        double sum = 0.0;
        for (Index k = 0; k < n; ++k) sum += a(i, k) * x(k, j);
        ASSERT_NEAR(sum, b(i, j), 1e-10) << columns << ": " << i << ", " << j;
      }
    }
  }
}

TEST(Cholesky, OfNoRowsSolvesNothing) {
  const auto factor = Cholesky::factor(Matrix<double>());
  ASSERT_TRUE(factor);
  Matrix<double> b(0, 3);
  factor->solve(b);
  EXPECT_EQ(factor->size(), 0);
}

TEST(Cholesky, RefusesWhatIsNotDefiniteOrNotFinite) {
  Matrix<double> a(3, 3);
  for (Index i = 0; i < 3; ++i) a(i, i) = 1.0;
  EXPECT_TRUE(Cholesky::factor(a.clone()));
  for (const double broken : {1.5, std::nan(""), HUGE_VAL}) {
    Matrix<double> other = a.clone();
    other(2, 0) = broken;
    EXPECT_FALSE(Cholesky::factor(std::move(other))) << broken;
  }
  Matrix<double> last = a.clone();
  last(2, 2) = std::nan("");
  EXPECT_FALSE(Cholesky::factor(std::move(last)));
  EXPECT_THROW((void)Cholesky::factor(Matrix<double>(2, 3)), Error);
}

TEST(SolvePositiveDefinite, RefusesAnIndefiniteMatrix) {
  Matrix<double> a(2, 2);
  a(0, 0) = 1.0;
  a(1, 0) = 2.0;
  a(1, 1) = 1.0;
  Matrix<double> b(2, 1);
  b(0, 0) = 3.0;
  EXPECT_FALSE(solve_positive_definite(a, b));
  EXPECT_EQ(b(0, 0), 3.0);
}

}  // namespace
}  // namespace dem::test
