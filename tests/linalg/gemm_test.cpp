#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "linalg/blas.h"

namespace dem {
namespace {

Matrix<float> random_matrix(Index rows, Index cols, Rng& rng) {
  Matrix<float> m(rows, cols);
  for (Index i = 0; i < m.size(); ++i) m.data()[i] = static_cast<float>(rng.normal());
  return m;
}

// Every transposition on shapes around the tile size, against sums in double. A float32 sum of k
// products of standard normals is off by at most k * epsilon * sum |a b|, which is about k^2.
TEST(Gemm, AgreesWithTheNaiveProductInDouble) {
  Rng rng(1, Purpose::kInit);
  const std::vector<Index> sizes{1, 3, 64, 127, 129, 260};
  for (const Index m : sizes) {
    for (const Index n : sizes) {
      const Index k = 1 + static_cast<Index>(rng.below(100));
      const bool ta = rng.below(2) == 1;
      const bool tb = rng.below(2) == 1;
      const Matrix<float> a = ta ? random_matrix(k, m, rng) : random_matrix(m, k, rng);
      const Matrix<float> b = tb ? random_matrix(n, k, rng) : random_matrix(k, n, rng);
      Matrix<float> c = random_matrix(m, n, rng);
      const Matrix<float> before = c.clone();
      gemm(ta ? Transpose::kYes : Transpose::kNo,
           tb ? Transpose::kYes : Transpose::kNo,
           0.5f,
           a,
           b,
           2.0f,
           c);
      for (Index i = 0; i < m; ++i) {
        for (Index j = 0; j < n; ++j) {
          double sum = 0;
          double magnitude = 2.0 * std::abs(double{before(i, j)});
          for (Index p = 0; p < k; ++p) {
            const double term = double{ta ? a(p, i) : a(i, p)} * double{tb ? b(j, p) : b(p, j)};
            sum += term;
            magnitude += std::abs(term);
          }
          const double bound =
              static_cast<double>(k + 2) * std::numeric_limits<float>::epsilon() * magnitude;
          ASSERT_NEAR(c(i, j), 0.5 * sum + 2.0 * double{before(i, j)}, bound)
              << concat(m, "x", n, "x", k, " at ", i, ",", j, ta ? " T" : " N", tb ? "T" : "N");
        }
      }
    }
  }
}

TEST(Gemm, DoesNotReadTheOldValuesWhenBetaIsZero) {
  Rng rng(2, Purpose::kInit);
  const Matrix<float> a = random_matrix(5, 4, rng);
  const Matrix<float> b = random_matrix(4, 6, rng);
  Matrix<float> c(5, 6);
  for (Index i = 0; i < c.size(); ++i) c.data()[i] = std::nanf("");
  gemm(Transpose::kNo, Transpose::kNo, 1.0f, a, b, 0.0f, c);
  for (Index i = 0; i < c.size(); ++i) EXPECT_TRUE(std::isfinite(c.data()[i]));
}

TEST(Gemm, GivesTheSameBitsWithAnyNumberOfThreads) {
  Rng rng(3, Purpose::kInit);
  const Matrix<float> a = random_matrix(300, 70, rng);
  const Matrix<float> b = random_matrix(1000, 70, rng);
  std::vector<Matrix<float>> results;
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    results.emplace_back(300, 1000);
    gemm(Transpose::kNo, Transpose::kYes, 1.0f, a, b, 0.0f, results.back());
  }
  set_num_threads(0);
  for (const Matrix<float>& result : results) {
    EXPECT_EQ(std::memcmp(result.data(), results[0].data(), sizeof(float) * 300 * 1000), 0);
  }
}

TEST(Gemm, ShowsShapesThatDoNotFit) {
  const Matrix<float> a(2, 3);
  const Matrix<float> b(4, 5);
  Matrix<float> c(2, 5);
  EXPECT_THROW(gemm(Transpose::kNo, Transpose::kNo, 1.0f, a, b, 0.0f, c), Error);
}

}  // namespace
}  // namespace dem
