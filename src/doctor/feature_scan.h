// All that is asked of features, gathered in one pass over blocks of their rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dem/linalg/matrix.h"
#include "doctor/label_columns.h"

namespace dem {

// Some of many rows: how many, and the first ones.
struct FoundRows {
  std::vector<Index> first;
  Index count = 0;

  void add(Index row);
};

struct FeatureFacts {
  Index num_rows = 0, dim = 0;
  bool complete = false;  // all rows went by; else nothing below means anything
  FoundRows zero, overflowing, not_finite;
  Index not_finite_values = 0;
  // [dim]
  std::vector<float> lowest, highest;
  std::vector<double> deviation;      // standard deviation over all rows
  std::vector<double> weighted_sum;   // with a random weight a row: equal columns have equal ones
  std::vector<Index> counting;        // columns that are the row's number, from 0 or 1
  std::vector<Index> label_columns;   // columns that are the label (LabelColumns)
  std::vector<std::uint64_t> hashes;  // [n], of the rows' bytes
  // [n, kProjections]: distances of projected rows have, squared, those of the rows as their mean.
  Matrix<float> projected;
  // Of training rows: [num_classes, dim], and how many.
  Matrix<float> class_sums;
  std::vector<Index> class_counts;

  static constexpr Index kProjections = 16;
};

// float16 takes numbers to this; those up to the second become 0.
inline constexpr float kHighestFloat16 = 65504.0F;
inline constexpr float kVanishingFloat16 = 0x1p-25F;

class FeatureScan {
 public:
  // labels [n], -1 for none; trained [n]: whether a row counts for its class.
  FeatureScan(Index num_rows,
              Index dim,
              std::span<const ClassId> labels,
              std::vector<bool> trained,
              Index num_classes);

  // The next rows, finite.
  void add(MatrixView<const float> rows);
  // The same where some may be not finite: they count as 0.
  void add_any(MatrixView<float> rows);
  [[nodiscard]] FeatureFacts finish();

 private:
  void add_rows(MatrixView<const float> rows);
  void add_columns(MatrixView<const float> rows, Index begin, Index end);
  void look_for_counting(MatrixView<const float> rows);

  FeatureFacts facts_;
  std::vector<ClassId> classes_;  // [n], -1: not trained on
  Matrix<float> directions_;      // [dim, kProjections]
  std::vector<float> shift_;      // [dim], the first row: sums are of what is beyond it
  std::vector<double> sums_, squares_;
  LabelColumns label_columns_;
  Index next_ = 0;
};

}  // namespace dem
