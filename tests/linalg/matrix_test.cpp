#include "dem/linalg/matrix.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

#include "dem/base/error.h"

namespace dem {
namespace {

TEST(Matrix, StartsAtZeroAlignedToACacheLine) {
  const Matrix<float> m(3, 5);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(m.data()) % 64, 0u);
  for (Index i = 0; i < 3; ++i) {
    for (const float value : m.row(i)) EXPECT_EQ(value, 0.0f);
  }
}

TEST(Matrix, MovesLeaveAnEmptyMatrixBehind) {
  Matrix<int> a(2, 2);
  a(1, 0) = 7;
  Matrix<int> b = std::move(a);
  EXPECT_EQ(b(1, 0), 7);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  a = b.clone();
  b(1, 0) = 8;
  EXPECT_EQ(a(1, 0), 7);
}

TEST(Matrix, RefusesSizesThatOverflow) {
  EXPECT_THROW(Matrix<double>(Index{1} << 40, Index{1} << 40), Error);
  EXPECT_THROW(Matrix<double>(-1, 2), Error);
}

TEST(MatrixView, BlocksOfRowsKeepTheStride) {
  Matrix<int> m(4, 3);
  for (Index i = 0; i < 12; ++i) m.data()[i] = static_cast<int>(i);
  const MatrixView<const int> right(m.data() + 1, 4, 2, 3);
  const MatrixView<const int> block = right.row_block(2, 2);
  EXPECT_EQ(block(0, 0), 7);
  EXPECT_EQ(block(1, 1), 11);
  EXPECT_EQ(block.row(1).size(), 2u);
}

}  // namespace
}  // namespace dem
