// Test rows that are almost equal to a training row.
#pragma once

#include <span>
#include <vector>

#include "doctor/feature_scan.h"

namespace dem {

struct RowPair {
  Index test = 0, training = 0;
};

// The median distance of two rows, estimated from the projections of some pairs drawn; 0 where most
// rows are equal.
[[nodiscard]] double median_distance(const FeatureFacts& facts, std::span<const Index> rows);

// Of each test row the training row that is nearest in the projections, where it lies within twice
// `radius` there. A pair whose rows are within `radius` lies there but for one in ten million, as
// the square of the projected distance over that of the real one is a sixteenth of a chi-squared
// number with 16 degrees of freedom, above 4 so seldom.
//
// Training rows are sorted by the cells, as wide as that, of their first two projections, and in a
// cell by the third, so that a test row looks at 9 short runs.
[[nodiscard]] std::vector<RowPair> near_pairs(const FeatureFacts& facts,
                                              std::span<const Index> training_rows,
                                              std::span<const Index> test_rows,
                                              double radius);

// Those pairs that are near for where they lie, too: their distance in the projections is at most
// twice `share` of the distance within which the test row has one in twenty of the training rows
// (of up to 256 drawn). Rows of a small scale among others of a large one, or of one cluster among
// several, are near by the median of all rows, and no duplicates for that.
[[nodiscard]] std::vector<RowPair> standing_out(const FeatureFacts& facts,
                                                std::span<const Index> training_rows,
                                                std::span<const RowPair> pairs,
                                                double share);

// Rows of pairs, kept as they go by, to be compared in full.
class PairRows {
 public:
  PairRows(std::vector<RowPair> pairs, Index dim);

  void add(Index first_row, MatrixView<const float> rows);
  // The pairs whose distance is at most `radius`, and at most `share` of sqrt(2 dim), which is that
  // of two rows drawn, with columns divided by their deviation (constant ones left out).
  [[nodiscard]] std::vector<RowPair> confirmed(double radius,
                                               double share,
                                               std::span<const double> deviation) const;

 private:
  [[nodiscard]] std::span<const float> row(Index row) const;

  std::vector<RowPair> pairs_;
  std::vector<Index> rows_;  // ascending
  Matrix<float> kept_;       // [rows_, dim]
};

}  // namespace dem
