#include "linalg/symmetric_eigen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/at.h"
#include "dem/base/error.h"
#include "support/random_matrix.h"

namespace dem::test {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

Matrix<double> symmetric(Index n, Rng& rng) {
  Matrix<double> a = normal_doubles(n, n, rng);
  for (Index i = 0; i < n; ++i) {
    for (Index j = i + 1; j < n; ++j) a(i, j) = a(j, i);
  }
  return a;
}

// Frobenius' norm, at least the largest eigenvalue's magnitude.
double norm(const Matrix<double>& a) {
  double sum = 0.0;
  for (Index i = 0; i < a.size(); ++i) sum += a.data()[i] * a.data()[i];
  return std::sqrt(sum);
}

// The method is backward stable: it finds what belongs to a matrix within p(n) epsilon |a| of a,
// and p(n), a slowly growing function in practice, is below n + 10. So are |a v - l v| / |a| and
// what is missing to orthogonality.
void expect_decomposition(const Matrix<double>& a, const SymmetricEigen& eigen) {
  const Index n = a.rows();
  const double slack = static_cast<double>(n + 10) * kEpsilon;
  ASSERT_EQ(eigen.size(), n);
  ASSERT_EQ(eigen.values.size(), at(n));
  EXPECT_TRUE(std::is_sorted(eigen.values.begin(), eigen.values.end()));
  for (Index k = 0; k < n; ++k) {
    const auto v = eigen.vectors.row(k);
    for (Index i = 0; i < n; ++i) {
      double residual = -eigen.values[at(k)] * v[at(i)];
      for (Index j = 0; j < n; ++j) residual += a(i, j) * v[at(j)];
      ASSERT_NEAR(residual, 0.0, slack * norm(a)) << "vector " << k << ", row " << i;
    }
    for (Index l = 0; l <= k; ++l) {
      double product = 0.0;
      for (Index j = 0; j < n; ++j) product += v[at(j)] * eigen.vectors(l, j);
      ASSERT_NEAR(product, k == l ? 1.0 : 0.0, slack) << "vectors " << k << ", " << l;
    }
  }
}

// LAPACK divides from 26 rows on.
TEST(SymmetricEigen, RowsAreEigenvectors) {
  Rng rng(7, Purpose::kInit);
  for (const Index n : {1, 2, 3, 10, 26, 80}) {
    SCOPED_TRACE(n);
    const Matrix<double> a = symmetric(n, rng);
    expect_decomposition(a, symmetric_eigen(a.clone()));
  }
}

TEST(SymmetricEigen, ReadsTheLowerTriangleOnly) {
  Rng rng(8, Purpose::kInit);
  const Matrix<double> a = symmetric(12, rng);
  Matrix<double> half = a.clone();
  for (Index i = 0; i < 12; ++i) {
    for (Index j = i + 1; j < 12; ++j) half(i, j) = std::nan("");
  }
  expect_decomposition(a, symmetric_eigen(std::move(half)));
}

TEST(SymmetricEigen, ByHandOfTwoRows) {
  // [[2, 1], [1, 2]]: 1 with (1, -1), 3 with (1, 1).
  Matrix<double> a(2, 2);
  a(0, 0) = a(1, 1) = 2.0;
  a(1, 0) = 1.0;
  const SymmetricEigen eigen = symmetric_eigen(std::move(a));
  EXPECT_NEAR(eigen.values[0], 1.0, 4.0 * kEpsilon);
  EXPECT_NEAR(eigen.values[1], 3.0, 12.0 * kEpsilon);
  EXPECT_NEAR(eigen.vectors(0, 0) + eigen.vectors(0, 1), 0.0, 4.0 * kEpsilon);
  EXPECT_NEAR(eigen.vectors(1, 0) - eigen.vectors(1, 1), 0.0, 4.0 * kEpsilon);
}

TEST(SymmetricEigen, RepeatedEigenvaluesHaveOrthonormalVectors) {
  Rng rng(9, Purpose::kInit);
  const Index n = 30;
  Matrix<double> identity(n, n);
  for (Index i = 0; i < n; ++i) identity(i, i) = 3.0;
  expect_decomposition(identity, symmetric_eigen(identity.clone()));
  expect_decomposition(Matrix<double>(n, n), symmetric_eigen(Matrix<double>(n, n)));
  const Matrix<double> low_rank = naive_gram(normal_doubles(4, n, rng));  // 26 times zero
  const SymmetricEigen eigen = symmetric_eigen(low_rank.clone());
  expect_decomposition(low_rank, eigen);
  for (Index k = 0; k < n - 4; ++k) EXPECT_LE(eigen.values[at(k)], zero_threshold(eigen)) << k;
  EXPECT_GT(eigen.values[at(n - 4)], zero_threshold(eigen));
}

TEST(SymmetricEigen, OfOneRowAndOfNone) {
  Matrix<double> one(1, 1);
  one(0, 0) = -4.0;
  const SymmetricEigen eigen = symmetric_eigen(std::move(one));
  EXPECT_EQ(eigen.values, std::vector<double>{-4.0});
  EXPECT_EQ(std::abs(eigen.vectors(0, 0)), 1.0);
  EXPECT_EQ(zero_threshold(eigen), 0.0);
  EXPECT_EQ(symmetric_eigen(Matrix<double>()).size(), 0);
  EXPECT_EQ(zero_threshold(symmetric_eigen(Matrix<double>())), 0.0);
}

TEST(SymmetricEigen, OfMagnitudesFarFromOne) {
  Rng rng(10, Purpose::kInit);
  for (const double scale : {1e-120, 1e120}) {
    SCOPED_TRACE(scale);
    Matrix<double> a = symmetric(9, rng);
    for (Index i = 0; i < a.size(); ++i) a.data()[i] *= scale;
    expect_decomposition(a, symmetric_eigen(a.clone()));
  }
}

TEST(SymmetricEigen, RefusesWhatIsNotFiniteOrNotSquare) {
  for (const double broken : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    Matrix<double> a(3, 3);
    a(2, 1) = broken;
    try {
      (void)symmetric_eigen(std::move(a));
      ADD_FAILURE() << broken;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kNumerical) << error.what();
    }
  }
  EXPECT_THROW((void)symmetric_eigen(Matrix<double>(2, 3)), Error);
}

}  // namespace
}  // namespace dem::test
