#include "linalg/pair_product.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "linalg/transposed.h"
#include "support/random_matrix.h"

namespace dem::test {
namespace {

float first_of(Bf16Pair pair) {
  return std::bit_cast<float>(pair << 16);
}
float second_of(Bf16Pair pair) {
  return std::bit_cast<float>(pair & 0xffff0000);
}

Bf16Pair pair_of(float first, float second) {
  Matrix<float> from(1, 2);
  from(0, 0) = first;
  from(0, 1) = second;
  Matrix<Bf16Pair> to(1, 1);
  pair_columns(from, to);
  return to(0, 0);
}

TEST(PairProduct, RoundsToTheNearestTiesToEven) {
  // bfloat16 has seven bits behind the point: neighbours of 1 are 1 + 2^-7 and 1 - 2^-8.
  const float step = std::ldexp(1.0f, -7);
  EXPECT_EQ(first_of(pair_of(1.0f + step, 0.0f)), 1.0f + step);
  EXPECT_EQ(first_of(pair_of(1.0f + 0.49f * step, 0.0f)), 1.0f);
  EXPECT_EQ(first_of(pair_of(1.0f + 0.5f * step, 0.0f)), 1.0f);
  EXPECT_EQ(first_of(pair_of(1.0f + 1.5f * step, 0.0f)), 1.0f + 2.0f * step);
  EXPECT_EQ(second_of(pair_of(0.0f, -1.0f - 0.51f * step)), -1.0f - step);
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(first_of(pair_of(infinity, 0.0f)), infinity);
  EXPECT_EQ(second_of(pair_of(0.0f, std::numeric_limits<float>::max())), infinity);
  EXPECT_TRUE(std::isnan(first_of(pair_of(std::bit_cast<float>(0x7fffffff), 1.0f))));
  EXPECT_TRUE(std::isnan(second_of(pair_of(1.0f, std::bit_cast<float>(0xff800001)))));
}

TEST(PairProduct, PairsNeighboursAndEndsWithZero) {
  Rng rng(2, Purpose::kInit);
  for (const Index rows : {1, 2, 5, 8}) {
    for (const Index cols : {1, 2, 7, 40}) {
      Matrix<float> from(rows, cols);
      for (Index i = 0; i < from.size(); ++i) from.data()[i] = static_cast<float>(i + 1);
      Matrix<Bf16Pair> along(rows, (cols + 1) / 2);
      Matrix<Bf16Pair> down((rows + 1) / 2, cols);
      pair_columns(from, along);
      pair_rows(from, down);
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < cols; ++j) {
          const Bf16Pair a = along(i, j / 2);
          const Bf16Pair d = down(i / 2, j);
          const float value = std::bit_cast<float>(std::bit_cast<Bf16Pair>(from(i, j)) & ~0xffffu);
          ASSERT_NEAR(j % 2 == 0 ? first_of(a) : second_of(a), value, value / 128);
          ASSERT_NEAR(i % 2 == 0 ? first_of(d) : second_of(d), value, value / 128);
        }
        if (cols % 2 == 1) {
          ASSERT_EQ(second_of(along(i, cols / 2)), 0.0f);
        }
      }
      for (Index j = 0; rows % 2 == 1 && j < cols; ++j) {
        ASSERT_EQ(second_of(down(rows / 2, j)), 0.0f);
      }
    }
  }
}

Matrix<Bf16Pair> random_pairs(Index rows, Index cols, Rng& rng) {
  const Matrix<float> from = normal_matrix(rows, 2 * cols, 1.0, rng);
  Matrix<Bf16Pair> to(rows, cols);
  pair_columns(from, to);
  return to;
}

// In double precision, where products of bfloat16 are exact.
void expect_product(PairOperand a, MatrixView<const Bf16Pair> b, MatrixView<const float> c) {
  for (Index i = 0; i < c.rows(); ++i) {
    for (Index j = 0; j < c.cols(); ++j) {
      double sum = 0.0;
      double terms = 0.0;
      for (Index k = 0; k < b.rows(); ++k) {
        const Bf16Pair x = a.data[i * a.row_step + k * a.inner_step];
        const double first = double{first_of(x)} * double{first_of(b(k, j))};
        const double second = double{second_of(x)} * double{second_of(b(k, j))};
        sum += first + second;
        terms += std::abs(first) + std::abs(second);
      }
      ASSERT_NEAR(c(i, j), sum, 1e-6 * terms + 1e-30) << i << ", " << j;
    }
  }
}

// Where the processor has no such instruction these are the plain loops.
TEST(PairProduct, OfEveryShapeIsThatOfPlainLoops) {
  Rng rng(3, Purpose::kInit);
  for (const Index m : {1, 5, 12, 13, 64}) {
    for (const Index n : {1, 15, 16, 17, 32, 47, 80, 81, 161}) {
      for (const Index k : {0, 1, 7, 40}) {
        const Matrix<Bf16Pair> a = random_pairs(m, k + 3, rng);
        const Matrix<Bf16Pair> a_by_column = random_pairs(k, m + 2, rng);
        const Matrix<Bf16Pair> b = random_pairs(k, n + 5, rng);
        const MatrixView<const Bf16Pair> b_part(b.data(), k, n, n + 5);
        Matrix<float> c(m + 1, n + 2);
        const MatrixView<float> part(c.data(), m, n, n + 2);
        pair_product(as_is(a), b_part, part);
        expect_product(as_is(a), b_part, part);
        pair_product(transposed(a_by_column), b_part, part);
        expect_product(transposed(a_by_column), b_part, part);
        for (Index i = 0; i <= m; ++i) ASSERT_EQ(c(i, n), 0.0f) << "written beside the product";
        for (Index j = 0; j < n; ++j) ASSERT_EQ(c(m, j), 0.0f) << "written below the product";
      }
    }
  }
}

}  // namespace
}  // namespace dem::test
