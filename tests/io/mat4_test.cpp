#include <gtest/gtest.h>

#include "io/mat_samples.h"

namespace dem {
namespace {

using test::expect_grid;
using test::mat_fixture;
using test::Rule;

class Mat4 : public ::testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<ArrayFile> file_ = ArrayFile::open(mat_fixture(GetParam()));
};

TEST_P(Mat4, EveryPrecisionReadsAlongBothAxes) {
  EXPECT_EQ(file_->format(), FileFormat::kMat4);
  expect_grid(*file_, "f8", ElementType::kFloat64, Rule::kFloat);
  expect_grid(*file_, "f4", ElementType::kFloat32, Rule::kFloat);
  expect_grid(*file_, "i4", ElementType::kInt32, Rule::kInteger);
  expect_grid(*file_, "i2", ElementType::kInt16, Rule::kInteger);
  expect_grid(*file_, "u2", ElementType::kUint16, Rule::kInteger);
  expect_grid(*file_, "u1", ElementType::kUint8, Rule::kInteger);
}

TEST_P(Mat4, CharacterMatricesReadAsARowEach) {
  EXPECT_EQ(file_->read_strings(file_->require("lines")), (std::vector<std::string>{"ab", "cdef"}));
}

INSTANTIATE_TEST_SUITE_P(BothOrders,
                         Mat4,
                         ::testing::Values("v4_little.mat", "v4_big.mat"),
                         test::stem);

TEST(Mat4Oddities, CharactersMayBeBytes) {
  const auto file = ArrayFile::open(mat_fixture("v4_big.mat"));
  EXPECT_EQ(file->read_strings(file->require("byte_lines")),
            (std::vector<std::string>{"ab", "cdef"}));
}

TEST(Mat4Oddities, ComplexAndSparseAreListedWithTheirShape) {
  const auto file = ArrayFile::open(mat_fixture("v4_little.mat"));
  for (const char* name : {"complex", "sparse"}) {
    const ArrayInfo& info = file->require(name);
    EXPECT_EQ(info.type, ElementType::kOther) << name;
    EXPECT_EQ(info.note, name);
    EXPECT_EQ(info.shape, (std::vector<Index>{3, 5})) << name;
  }
  EXPECT_EQ(file->read_integers(file->require("column")),
            (std::vector<std::int64_t>{3, 4, 5, 6, 7}));
}

}  // namespace
}  // namespace dem
