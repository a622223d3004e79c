// The scores of another system, a column a class.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "base/at.h"
#include "dem/search/score_source.h"

namespace dem::test {

class ScoreMatrix : public ScoreSource {
 public:
  explicit ScoreMatrix(Matrix<double> values) : values_(std::move(values)) {}

  [[nodiscard]] Index num_rows() const override { return values_.rows(); }
  [[nodiscard]] Index num_classes() const override { return values_.cols(); }
  [[nodiscard]] Matrix<std::int32_t> best(std::span<const Index> rows,
                                          std::span<const ClassId> candidates,
                                          Index k) const override {
    const Matrix<double> all = scores(rows, candidates);
    Matrix<std::int32_t> out(all.rows(), k);
    for (Index i = 0; i < all.rows(); ++i) {
      std::vector<std::int32_t> order(candidates.size());
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(
          order.begin(), order.end(), [&](auto a, auto b) { return all(i, a) > all(i, b); });
      std::copy_n(order.begin(), k, out.row(i).begin());
    }
    return out;
  }
  [[nodiscard]] Matrix<double> scores(std::span<const Index> rows,
                                      std::span<const ClassId> candidates) const override {
    Matrix<double> out(static_cast<Index>(rows.size()), static_cast<Index>(candidates.size()));
    for (Index i = 0; i < out.rows(); ++i) {
      for (Index j = 0; j < out.cols(); ++j) out(i, j) = values_(rows[at(i)], candidates[at(j)]);
    }
    return out;
  }

 private:
  Matrix<double> values_;
};

inline Matrix<double> matrix_of(std::initializer_list<std::initializer_list<double>> rows) {
  Matrix<double> out(static_cast<Index>(rows.size()), static_cast<Index>(rows.begin()->size()));
  Index i = 0;
  for (const auto& row : rows) std::ranges::copy(row, out.row(i++).begin());
  return out;
}

}  // namespace dem::test
