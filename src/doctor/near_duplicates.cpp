#include "doctor/near_duplicates.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/at.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

// Where a training row lies: in which cell, and how far along the third projection.
struct Placed {
  std::int64_t first_cell = 0, second_cell = 0;
  float along = 0.0F;
  Index row = 0;

  [[nodiscard]] auto key() const { return std::tie(first_cell, second_cell, along); }
};

Placed place(const FeatureFacts& facts, Index row, double width) {
  const auto z = facts.projected.row(row);
  const auto cell = [&](float x) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(x) / width));
  };
  return {cell(z[0]), cell(z[1]), z[2], row};
}

// The squared distance, or more than `most` as soon as it is.
float squared_distance_below(std::span<const float> a, std::span<const float> b, float most) {
  float sum = 0.0F;
  for (std::size_t j = 0; j < a.size() && sum <= most; ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
}

// The nearest of the training rows, -1 where none is within `width`.
Index nearest_within(const FeatureFacts& facts,
                     const std::vector<Placed>& training,
                     Index test_row,
                     double width) {
  const Placed here = place(facts, test_row, width);
  const auto reach = static_cast<float>(width);
  float best = reach * reach;
  Index nearest = -1;
  for (int cell = 0; cell < 9; ++cell) {
    Placed from = here;
    from.first_cell += cell / 3 - 1;
    from.second_cell += cell % 3 - 1;
    from.along = here.along - reach;
    auto candidate = std::lower_bound(
        training.begin(), training.end(), from, [](const Placed& a, const Placed& b) {
          return a.key() < b.key();
        });
    for (; candidate != training.end() && candidate->first_cell == from.first_cell &&
           candidate->second_cell == from.second_cell && candidate->along <= here.along + reach;
         ++candidate) {
      const float distance = squared_distance_below(
          facts.projected.row(test_row), facts.projected.row(candidate->row), best);
      if (distance > best || (distance == best && nearest >= 0)) continue;
      best = distance;
      nearest = candidate->row;
    }
  }
  return nearest;
}

}  // namespace

double median_distance(const FeatureFacts& facts, std::span<const Index> rows) {
  constexpr int kPairs = 4000;
  if (rows.size() < 2) return 0.0;
  Rng rng(1, Purpose::kDiagnosis, 1);
  std::vector<double> squares;
  for (int i = 0; i < kPairs; ++i) {
    const Index a = rows[rng.below(rows.size())];
    const Index b = rows[rng.below(rows.size())];
    if (a == b) continue;
    squares.push_back(squared_distance(facts.projected.row(a), facts.projected.row(b)));
  }
  if (squares.empty()) return 0.0;
  const auto middle = squares.begin() + std::ssize(squares) / 2;
  std::nth_element(squares.begin(), middle, squares.end());
  return std::sqrt(*middle);
}

std::vector<RowPair> near_pairs(const FeatureFacts& facts,
                                std::span<const Index> training_rows,
                                std::span<const Index> test_rows,
                                double radius) {
  constexpr Index kGrain = 64;
  const double width = 2.0 * radius;
  std::vector<Placed> training;
  for (const Index row : training_rows) training.push_back(place(facts, row, width));
  std::sort(training.begin(), training.end(), [](const Placed& a, const Placed& b) {
    return a.key() < b.key();
  });
  std::vector<Index> nearest(test_rows.size());
  parallel_for(std::ssize(test_rows), kGrain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      nearest[at(i)] = nearest_within(facts, training, test_rows[at(i)], width);
    }
  });
  std::vector<RowPair> pairs;
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    if (nearest[i] >= 0) pairs.push_back({test_rows[i], nearest[i]});
  }
  return pairs;
}

std::vector<RowPair> standing_out(const FeatureFacts& facts,
                                  std::span<const Index> training_rows,
                                  std::span<const RowPair> pairs,
                                  double share) {
  constexpr std::size_t kMostDrawn = 256, kOneIn = 20;
  std::vector<Index> drawn(training_rows.begin(), training_rows.end());
  Rng rng(1, Purpose::kDiagnosis, 2);
  shuffle(std::span(drawn), rng);
  drawn.resize(std::min(drawn.size(), kMostDrawn));
  std::vector<RowPair> kept;
  std::vector<float> squares(drawn.size());
  for (const RowPair& pair : pairs) {
    const auto here = facts.projected.row(pair.test);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      squares[i] = static_cast<float>(squared_distance(here, facts.projected.row(drawn[i])));
    }
    // The pair itself may be among these.
    const std::size_t rank =
        std::min(std::max<std::size_t>(drawn.size() / kOneIn, 1), drawn.size() - 1);
    const auto around = squares.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(squares.begin(), around, squares.end());
    const double most = 2.0 * share * std::sqrt(static_cast<double>(*around));
    const double own = squared_distance(here, facts.projected.row(pair.training));
    if (own <= most * most) kept.push_back(pair);
  }
  return kept;
}

PairRows::PairRows(std::vector<RowPair> pairs, Index dim) : pairs_(std::move(pairs)) {
  for (const RowPair& pair : pairs_) {
    rows_.push_back(pair.test);
    rows_.push_back(pair.training);
  }
  std::sort(rows_.begin(), rows_.end());
  rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
  kept_ = Matrix<float>(std::ssize(rows_), dim);
}

void PairRows::add(Index first_row, MatrixView<const float> rows) {
  auto wanted = std::lower_bound(rows_.begin(), rows_.end(), first_row);
  for (; wanted != rows_.end() && *wanted < first_row + rows.rows(); ++wanted) {
    const std::span<const float> source = rows.row(*wanted - first_row);
    std::copy(source.begin(), source.end(), kept_.row(wanted - rows_.begin()).begin());
  }
}

std::span<const float> PairRows::row(Index row) const {
  return kept_.row(std::lower_bound(rows_.begin(), rows_.end(), row) - rows_.begin());
}

std::vector<RowPair> PairRows::confirmed(double radius,
                                         double share,
                                         std::span<const double> deviation) const {
  const auto varying =
      std::count_if(deviation.begin(), deviation.end(), [](double s) { return s > 0.0; });
  const double most_scaled = share * share * 2.0 * static_cast<double>(varying);
  std::vector<RowPair> near;
  for (const RowPair& pair : pairs_) {
    const std::span<const float> a = row(pair.test);
    const std::span<const float> b = row(pair.training);
    if (squared_distance(a, b) > radius * radius) continue;
    double scaled = 0.0;
    for (std::size_t j = 0; j < a.size(); ++j) {
      const double difference = double{a[j]} - double{b[j]};
      if (deviation[j] > 0.0) scaled += difference * difference / (deviation[j] * deviation[j]);
    }
    if (scaled <= most_scaled) near.push_back(pair);
  }
  return near;
}

}  // namespace dem
