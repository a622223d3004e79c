#include "train/class_batch.h"

#include <gtest/gtest.h>

#include "support/training_case.h"

namespace dem {
namespace {

using Rows = std::vector<Index>;

// Five images of width 3, labels 2 0 2 1 2; image i is (10 i, 10 i + 1, 10 i + 2).
struct Example {
  Example() : features(5, 3), embeddings(4, 2) {
    for (Index i = 0; i < 5; ++i) {
      for (Index j = 0; j < 3; ++j) features(i, j) = static_cast<float>(10 * i + j);
    }
    for (Index c = 0; c < 4; ++c) {
      for (Index j = 0; j < 2; ++j) embeddings(c, j) = static_cast<float>(100 * c + j);
    }
    data = {features, labels, rows, {embeddings}};
  }

  Matrix<float> features;
  std::vector<ClassId> labels{2, 0, 2, 1, 2};
  std::vector<Index> rows{0, 1, 2, 3, 4};
  Matrix<float> embeddings;
  TrainingSet data;
};

std::vector<float> row_of(MatrixView<const float> matrix, Index row) {
  return {matrix.row(row).begin(), matrix.row(row).end()};
}

TEST(ClassBatch, HasOneRowADistinctDescription) {
  const Example example;
  ClassBatch batch(example.data, 100);
  EXPECT_EQ(batch.max_rows(), 4);
  batch.assign(Rows{0, 3, 2, 4});
  EXPECT_EQ(batch.size(), 4);
  ASSERT_EQ(batch.rows(), 2);
  EXPECT_EQ(batch.counts()[0], 3.0f);
  EXPECT_EQ(batch.counts()[1], 1.0f);
  EXPECT_EQ(row_of(batch.input(0), 0), (std::vector<float>{200.0f, 201.0f}));
  EXPECT_EQ(row_of(batch.input(0), 1), (std::vector<float>{100.0f, 101.0f}));
  // 0 + 1 + 4,  900 + 961 + 1024,  400 + 441 + 484,  1600 + 1681 + 1764
  EXPECT_EQ(batch.squared_norm(), 5.0 + 2885.0 + 1325.0 + 5045.0);
  Matrix<float> sums(2, 2);
  batch.sum_features(1, sums);
  EXPECT_EQ(row_of(sums, 0), (std::vector<float>{1.0f + 21 + 41, 2.0f + 22 + 42}));
  EXPECT_EQ(row_of(sums, 1), (std::vector<float>{31.0f, 32.0f}));
}

TEST(ClassBatch, CountsAnImageAsOftenAsItIsThere) {
  const Example example;
  ClassBatch batch(example.data, 3);
  EXPECT_EQ(batch.max_rows(), 3);
  batch.assign(Rows{1, 1, 1});
  ASSERT_EQ(batch.rows(), 1);
  EXPECT_EQ(batch.counts()[0], 3.0f);
  Matrix<float> sums(1, 3);
  batch.sum_features(0, sums);
  EXPECT_EQ(row_of(sums, 0), (std::vector<float>{30.0f, 33.0f, 36.0f}));
}

TEST(ClassBatch, ForgetsTheBatchBefore) {
  const Example example;
  ClassBatch batch(example.data, 5);
  batch.assign(Rows{0, 1, 2, 3, 4});
  EXPECT_EQ(batch.rows(), 3);
  batch.assign(Rows{3});
  ASSERT_EQ(batch.rows(), 1);
  EXPECT_EQ(batch.counts()[0], 1.0f);
  EXPECT_EQ(batch.squared_norm(), 2885.0);
  batch.assign(Rows{4, 1});
  ASSERT_EQ(batch.rows(), 2);
  EXPECT_EQ(row_of(batch.input(0), 0), (std::vector<float>{200.0f, 201.0f}));
}

}  // namespace
}  // namespace dem
