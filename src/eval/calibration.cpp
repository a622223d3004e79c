#include "dem/eval/calibration.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/parallel.h"
#include "dem/eval/scores.h"
#include "eval/prototype_scores.h"

namespace dem {
namespace {

constexpr Index kMostDistances = Index{1} << 22;
constexpr Index kMostRows = 10000;
constexpr Index kLeastRows = 100;
constexpr Index kGrain = 32;

// The distances of some rows to all candidates, less the smallest of the row.
struct Distances {
  Matrix<double> values;     // [rows, candidates]
  std::vector<Index> truth;  // the column of each row's own class
};

// The candidates' columns by class, -1 for others.
std::vector<Index> columns_of(std::span<const ClassId> candidates, Index num_classes) {
  std::vector<Index> columns(static_cast<std::size_t>(num_classes), -1);
  for (std::size_t j = 0; j < candidates.size(); ++j) {
    columns[static_cast<std::size_t>(candidates[j])] = static_cast<Index>(j);
  }
  return columns;
}

Distances measure(MatrixView<const float> prototypes,
                  std::span<const ClassId> candidates,
                  const Dataset& dataset,
                  std::span<const Index> rows,
                  Metric metric) {
  const std::vector<Index> columns = columns_of(candidates, prototypes.rows());
  std::vector<Index> usable;
  for (const Index row : rows) {
    const ClassId label = dataset.labels[static_cast<std::size_t>(row)];
    if (columns[static_cast<std::size_t>(label)] >= 0) usable.push_back(row);
  }
  const auto num_candidates = static_cast<Index>(candidates.size());
  const auto total = static_cast<Index>(usable.size());
  const Index most = std::clamp(kMostDistances / num_candidates, kLeastRows, kMostRows);
  const Index count = std::min(total, most);
  Distances out{Matrix<double>(count, num_candidates), {}};
  std::vector<Index> chosen;
  for (Index i = 0; i < count; ++i) {
    chosen.push_back(usable[static_cast<std::size_t>(i * total / count)]);
    const ClassId label = dataset.labels[static_cast<std::size_t>(chosen.back())];
    out.truth.push_back(columns[static_cast<std::size_t>(label)]);
  }
  const Matrix<float> searched = candidate_prototypes(prototypes, candidates);
  const PrototypeScores scores(searched, metric);
  parallel_for(count, kGrain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const auto x = dataset.visual_features.row(chosen[static_cast<std::size_t>(i)]);
      const double norm = scores.norm_of(x);
      const std::span<double> row = out.values.row(i);
      for (Index j = 0; j < num_candidates; ++j) {
        row[static_cast<std::size_t>(j)] = scores.exact_distance(x, norm, j);
      }
      const double least = *std::min_element(row.begin(), row.end());
      for (double& value : row) value -= least;
    }
  });
  return out;
}

// The mean over rows of d log p(truth) / d beta = E[distance] - distance to the own class, beta =
// 1 / T: positive where the likelihood still grows with beta.
double slope(const Distances& distances, double beta) {
  const Index n = distances.values.rows();
  std::vector<double> parts(static_cast<std::size_t>(n));
  parallel_for(n, kGrain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const std::span<const double> row = distances.values.row(i);
      double weights = 0.0, weighted = 0.0;
      for (const double d : row) {
        const double weight = std::exp(-beta * d);
        weights += weight;
        weighted += weight * d;
      }
      const auto truth = static_cast<std::size_t>(distances.truth[static_cast<std::size_t>(i)]);
      parts[static_cast<std::size_t>(i)] = weighted / weights - row[truth];
    }
  });
  double sum = 0.0;
  for (const double part : parts) sum += part;
  return sum / static_cast<double>(n);
}

double mean(const Matrix<double>& values) {
  double sum = 0.0;
  for (Index i = 0; i < values.size(); ++i) sum += values.data()[i];
  return sum / static_cast<double>(values.size());
}

}  // namespace

float fit_temperature(MatrixView<const float> prototypes,
                      std::span<const ClassId> candidates,
                      const Dataset& dataset,
                      std::span<const Index> rows,
                      Metric metric) {
  if (candidates.empty() || rows.empty()) return 0.0f;
  const Distances distances = measure(prototypes, candidates, dataset, rows, metric);
  if (distances.values.empty()) return 0.0f;
  const double spread = mean(distances.values);
  if (!(spread > 0.0) || !std::isfinite(spread)) return 0.0f;
  // From next to no difference between the candidates to certainty: a typical wrong class at odds
  // of exp(0.001) to exp(1000). Bisection of the logarithm.
  double low = std::log(1e-3 / spread), high = std::log(1e3 / spread);
  constexpr int kHalvings = 50;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (slope(distances, std::exp(middle)) > 0.0 ? low : high) = middle;
  }
  return static_cast<float>(std::exp(-(low + high) / 2));
}

}  // namespace dem
