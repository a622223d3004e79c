#include "learn/dem/class_batch.h"

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
  EXPECT_EQ(row_of(batch.input(0), 0), (std::vector<float>{200.0f, 201.0f}));
  EXPECT_EQ(row_of(batch.input(0), 1), (std::vector<float>{100.0f, 101.0f}));
  // Columns 1 and 2 of images 0, 2, 4 and of image 3, against the prototypes (20, 20) and (31, 30).
  Matrix<float> prototypes(2, 2);
  Matrix<float> errors(2, 2);
  for (Index j = 0; j < 2; ++j) prototypes(0, j) = 20.0f;
  prototypes(1, 0) = 31.0f;
  prototypes(1, 1) = 30.0f;
  const double squares = 19.0 * 19 + 18 * 18 + 1 + 4 + 21 * 21 + 22 * 22 + 0 + 4;
  EXPECT_EQ(batch.compare(1, prototypes, errors), squares);
  EXPECT_EQ(row_of(errors, 0), (std::vector<float>{19.0f - 1 - 21, 18.0f - 2 - 22}));
  EXPECT_EQ(row_of(errors, 1), (std::vector<float>{0.0f, -2.0f}));
}

TEST(ClassBatch, CountsAnImageAsOftenAsItIsThere) {
  const Example example;
  ClassBatch batch(example.data, 3);
  EXPECT_EQ(batch.max_rows(), 3);
  batch.assign(Rows{1, 1, 1});
  ASSERT_EQ(batch.rows(), 1);
  Matrix<float> prototypes(1, 3);
  Matrix<float> errors(1, 3);
  prototypes.view().row(0)[0] = 12.0f;  // features 10, 11, 12, three times
  EXPECT_EQ(batch.compare(0, prototypes, errors), 3.0 * (4.0 + 121.0 + 144.0));
  EXPECT_EQ(row_of(errors, 0), (std::vector<float>{6.0f, -33.0f, -36.0f}));
}

TEST(ClassBatch, ForgetsTheBatchBefore) {
  const Example example;
  ClassBatch batch(example.data, 5);
  batch.assign(Rows{0, 1, 2, 3, 4});
  EXPECT_EQ(batch.rows(), 3);
  batch.assign(Rows{3});
  ASSERT_EQ(batch.rows(), 1);
  Matrix<float> zero(1, 3);
  Matrix<float> errors(1, 3);
  EXPECT_EQ(batch.compare(0, zero, errors), 900.0 + 961.0 + 1024.0);
  batch.assign(Rows{4, 1});
  ASSERT_EQ(batch.rows(), 2);
  EXPECT_EQ(row_of(batch.input(0), 0), (std::vector<float>{200.0f, 201.0f}));
}

TEST(ClassBatch, ComparesAnyNumberOfColumns) {
  constexpr Index kImages = 7;
  for (const Index width : {1, 15, 16, 63, 64, 65, 130}) {
    Matrix<float> features(kImages, width + 2);
    for (Index i = 0; i < kImages; ++i) {
      for (Index j = 0; j < width + 2; ++j) features(i, j) = static_cast<float>((i * 31 + j) % 17);
    }
    const std::vector<ClassId> labels{1, 0, 1, 1, 0, 2, 1};
    const Rows rows{0, 1, 2, 3, 4, 5, 6};
    const Matrix<float> embeddings(3, 1);
    const TrainingSet data{features, labels, rows, {embeddings}};
    ClassBatch batch(data, kImages);
    batch.assign(rows);
    Matrix<float> prototypes(3, width);
    Matrix<float> errors(3, width);
    for (Index i = 0; i < prototypes.size(); ++i) {
      prototypes.data()[i] = static_cast<float>(i % 11);
    }
    const ClassId class_of_row[] = {1, 0, 2};
    double squares = 0.0;
    Matrix<float> expected(3, width);
    for (Index r = 0; r < 3; ++r) {
      for (Index i = 0; i < kImages; ++i) {
        if (labels[static_cast<std::size_t>(i)] != class_of_row[r]) continue;
        for (Index j = 0; j < width; ++j) {
          const float difference = prototypes(r, j) - features(i, j + 2);
          expected(r, j) += difference;
          squares += double{difference} * double{difference};
        }
      }
    }
    EXPECT_EQ(batch.compare(2, prototypes, errors), squares) << width;  // whole numbers
    for (Index r = 0; r < 3; ++r) EXPECT_EQ(row_of(errors, r), row_of(expected, r)) << width;
  }
}

}  // namespace
}  // namespace dem
