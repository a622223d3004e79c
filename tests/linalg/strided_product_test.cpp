#include "linalg/strided_product.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "base/simd.h"
#include "linalg/strided_kernels.h"
#include "linalg/transposed.h"

namespace dem {
namespace {

using Kernel = void (*)(const detail::StridedProduct&);

Matrix<float> random_matrix(Index rows, Index cols, Rng& rng) {
  Matrix<float> matrix(rows, cols);
  for (Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = static_cast<float>(rng.normal());
  return matrix;
}

// Every kernel that this processor runs.
std::vector<Kernel> kernels() {
  std::vector<Kernel> all = {detail::strided_product_baseline};
#if defined(__x86_64__)
  if (detail::simd_level() >= detail::SimdLevel::kAvx2) all.push_back(detail::strided_product_avx2);
  if (detail::simd_level() == detail::SimdLevel::kAvx512) {
    all.push_back(detail::strided_product_avx512);
  }
#endif
  return all;
}

void expect_product(StridedOperand a, MatrixView<const float> b, MatrixView<const float> c) {
  for (Index i = 0; i < c.rows(); ++i) {
    for (Index j = 0; j < c.cols(); ++j) {
      double sum = 0.0;
      double terms = 0.0;
      for (Index k = 0; k < b.rows(); ++k) {
        const double term = double{a.data[i * a.row_step + k * a.inner_step]} * double{b(k, j)};
        sum += term;
        terms += std::abs(term);
      }
      ASSERT_NEAR(c(i, j), sum, 1e-6 * terms + 1e-30) << i << ", " << j;
    }
  }
}

TEST(StridedProduct, OfEveryKernelAndShapeIsThatOfPlainLoops) {
  Rng rng(3, Purpose::kSynthetic);
  for (const Index m : {1, 2, 5, 11, 12, 13, 25, 64}) {
    for (const Index n : {16, 17, 31, 32, 47, 48, 79, 80, 81, 97, 161}) {
      for (const Index k : {0, 1, 7, 40}) {
        const Matrix<float> a = random_matrix(m, k + 3, rng);
        const Matrix<float> b = random_matrix(k, n + 5, rng);
        const MatrixView<const float> b_part(b.data(), k, n, n + 5);
        for (const Kernel kernel : kernels()) {
          Matrix<float> c(m + 1, n + 2);
          kernel({m, n, k, a.data(), k + 3, 1, b.data(), n + 5, c.data(), n + 2});
          expect_product(as_is(a), b_part, {c.data(), m, n, n + 2});
          for (Index i = 0; i <= m; ++i) ASSERT_EQ(c(i, n), 0.0f) << "written beside the product";
          for (Index j = 0; j < n; ++j) ASSERT_EQ(c(m, j), 0.0f) << "written below the product";
        }
      }
    }
  }
}

TEST(StridedProduct, TakesTransposedAndNarrowOperands) {
  Rng rng(4, Purpose::kSynthetic);
  for (const Index n : {1, 3, 15, 16, 40}) {
    const Matrix<float> a = random_matrix(9, 21, rng);
    const Matrix<float> b = random_matrix(9, n, rng);
    Matrix<float> c(21, n);
    strided_product(transposed(a), b, c);
    expect_product(transposed(a), b, c);
  }
}

TEST(StridedProduct, OfAPartHasTheBitsOfTheWhole) {
  Rng rng(5, Purpose::kSynthetic);
  const Matrix<float> a = random_matrix(37, 50, rng);
  const Matrix<float> b = random_matrix(50, 203, rng);
  Matrix<float> whole(37, 203);
  strided_product(as_is(a), b, whole);
  for (const Index first : {0, 5, 64, 187}) {
    const Index count = std::min<Index>(16 + first, 203 - first);
    Matrix<float> part(30, count);
    strided_product(as_is(a.view().row_block(7, 30)), {b.data() + first, 50, count, 203}, part);
    for (Index i = 0; i < 30; ++i) {
      for (Index j = 0; j < count; ++j) ASSERT_EQ(part(i, j), whole(7 + i, first + j));
    }
  }
}

TEST(Transposed, IsTheTransposeAndLeavesTheRest) {
  Rng rng(6, Purpose::kSynthetic);
  for (const Index rows : {1, 15, 16, 17, 40}) {
    for (const Index cols : {1, 16, 33}) {
      const Matrix<float> from = random_matrix(rows, cols, rng);
      Matrix<float> to = make_transposed(rows, cols);
      ASSERT_GE(to.cols(), 16);
      transpose(from, to);
      for (Index i = 0; i < to.cols(); ++i) {
        for (Index j = 0; j < cols; ++j) ASSERT_EQ(to(j, i), i < rows ? from(i, j) : 0.0f);
      }
    }
  }
}

}  // namespace
}  // namespace dem
