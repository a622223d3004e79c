#include "dem/eval/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/eval/scores.h"
#include "eval/held_images.h"

namespace dem {
namespace {

constexpr Index kMostScores = Index{1} << 22;
constexpr Index kMostRows = 10000;
constexpr Index kLeastRows = 100;
constexpr Index kGrain = 32;

// How far the scores of some rows for their candidates are below the best of the row: those of the
// rows that this rank holds.
struct Lags {
  std::vector<LabelledScores> parts;
  Index num_rows;  // of all ranks
  Communicator& ranks;

  // The sum of what the ranks have.
  [[nodiscard]] double total(double part) const {
    ranks.sum(std::span(&part, 1));
    return part;
  }
};

// Scores become what they lack of the best one of their row.
void take_from_best(Matrix<double>& scores) {
  for (Index i = 0; i < scores.rows(); ++i) {
    const std::span<double> row = scores.row(i);
    const double best = *std::max_element(row.begin(), row.end());
    for (double& value : row) value = best - value;
  }
}

// The candidates' columns by class, -1 for others.
std::vector<Index> columns_of(std::span<const ClassId> candidates, Index num_classes) {
  std::vector<Index> columns(static_cast<std::size_t>(num_classes), -1);
  for (std::size_t j = 0; j < candidates.size(); ++j) {
    if (candidates[j] < 0 || candidates[j] >= num_classes) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("temperature: expected candidates of 0 .. ",
                         num_classes - 1,
                         ", got ",
                         candidates[j]));
    }
    columns[static_cast<std::size_t>(candidates[j])] = static_cast<Index>(j);
  }
  return columns;
}

// An even selection of the rows whose class is a candidate.
std::vector<Index> choose_rows(const std::vector<Index>& columns,
                               Index num_candidates,
                               const Dataset& dataset,
                               std::span<const Index> rows) {
  std::vector<Index> usable;
  for (const Index row : rows) {
    const ClassId label = dataset.labels[static_cast<std::size_t>(row)];
    if (columns[static_cast<std::size_t>(label)] >= 0) usable.push_back(row);
  }
  const auto total = static_cast<Index>(usable.size());
  const Index most = std::clamp(kMostScores / num_candidates, kLeastRows, kMostRows);
  const Index count = std::min(total, most);
  std::vector<Index> chosen;
  for (Index i = 0; i < count; ++i) {
    chosen.push_back(usable[static_cast<std::size_t>(i * total / count)]);
  }
  return chosen;
}

Lags measure(const ScoreSource& scores,
             std::span<const ClassId> candidates,
             const Dataset& dataset,
             std::span<const Index> rows,
             Communicator& ranks) {
  const std::vector<Index> columns = columns_of(candidates, dataset.classes.size());
  const std::vector<Index> chosen =
      choose_rows(columns, static_cast<Index>(candidates.size()), dataset, rows);
  const HeldImages images(dataset, chosen, ranks);
  LabelledScores held{scores.scores(images.rows(), candidates), {}};
  for (const ClassId label : images.labels()) {
    held.truth.push_back(columns[static_cast<std::size_t>(label)]);
  }
  take_from_best(held.scores);
  Lags out{{}, static_cast<Index>(chosen.size()), ranks};
  out.parts.push_back(std::move(held));
  return out;
}

// The sum over the rows of a part of E[lag] - lag of the own class.
double summed_slope(const LabelledScores& part, double beta) {
  const Index n = part.scores.rows();
  std::vector<double> slopes(static_cast<std::size_t>(n));
  parallel_for(n, kGrain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const std::span<const double> row = part.scores.row(i);
      double weights = 0.0, weighted = 0.0;
      for (const double d : row) {
        const double weight = std::exp(-beta * d);
        weights += weight;
        weighted += weight * d;
      }
      const auto truth = static_cast<std::size_t>(part.truth[static_cast<std::size_t>(i)]);
      slopes[static_cast<std::size_t>(i)] = weighted / weights - row[truth];
    }
  });
  double sum = 0.0;
  for (const double slope : slopes) sum += slope;
  return sum;
}

// The mean over rows of d log p(truth) / d beta = E[lag] - lag of the own class, beta = 1 / T:
// positive where the likelihood still grows with beta.
double slope(const Lags& lags, double beta) {
  double sum = 0.0;
  for (const LabelledScores& part : lags.parts) sum += summed_slope(part, beta);
  return lags.total(sum) / static_cast<double>(lags.num_rows);
}

// Of a row's lags, and of rows.
double mean(const Lags& lags) {
  double sum = 0.0;
  for (const LabelledScores& part : lags.parts) {
    double of_part = 0.0;
    for (Index i = 0; i < part.scores.size(); ++i) of_part += part.scores.data()[i];
    sum += of_part / static_cast<double>(part.scores.cols());
  }
  return lags.total(sum) / static_cast<double>(lags.num_rows);
}

// From next to no difference between the candidates to certainty: a typical wrong class at odds of
// exp(0.001) to exp(1000). Bisection of the logarithm.
float most_likely(const Lags& lags) {
  if (lags.num_rows == 0) return 0.0f;
  const double spread = mean(lags);
  if (!(spread > 0.0) || !std::isfinite(spread)) return 0.0f;
  double low = std::log(1e-3 / spread), high = std::log(1e3 / spread);
  constexpr int kHalvings = 50;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (slope(lags, std::exp(middle)) > 0.0 ? low : high) = middle;
  }
  return static_cast<float>(std::exp(-(low + high) / 2));
}

void check_truth(const LabelledScores& part) {
  const Index candidates = part.scores.cols();
  if (static_cast<Index>(part.truth.size()) != part.scores.rows()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("temperature: expected ",
                       part.scores.rows(),
                       " own candidates, one a row, got ",
                       part.truth.size()));
  }
  for (const Index own : part.truth) {
    if (own >= 0 && own < candidates) continue;
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("temperature: expected own candidates of 0 .. ", candidates - 1, ", got ", own));
  }
}

Lags lags_of(std::vector<LabelledScores> parts) {
  Lags lags{{}, 0, self_communicator()};
  for (LabelledScores& part : parts) {
    check_truth(part);
    if (part.scores.empty()) continue;
    take_from_best(part.scores);
    lags.num_rows += part.scores.rows();
    lags.parts.push_back(std::move(part));
  }
  return lags;
}

// The first of equal candidates is the first class.
FirstClass first_class(std::span<const double> lags, Index truth, double temperature) {
  double sum = 0.0;
  for (const double lag : lags) sum += std::exp(-lag / temperature);
  const auto first = std::min_element(lags.begin(), lags.end()) - lags.begin();
  return {1.0 / sum, first == truth};
}

RejectionCurve rejection_of(const Lags& lags, double temperature) {
  std::vector<FirstClass> images;
  Index least = std::numeric_limits<Index>::max(), most = 0;
  for (const LabelledScores& part : lags.parts) {
    least = std::min(least, part.scores.cols());
    most = std::max(most, part.scores.cols());
    for (Index i = 0; i < part.scores.rows(); ++i) {
      images.push_back(first_class(part.scores.row(i), part.truth[at(i)], temperature));
    }
  }
  RejectionCurve curve = rejection_curve(std::move(images));
  if (curve.empty()) return curve;
  curve.least_candidates = least;
  curve.most_candidates = most;
  return curve;
}

}  // namespace

float fit_temperature(const ScoreSource& scores,
                      std::span<const ClassId> candidates,
                      const Dataset& dataset,
                      std::span<const Index> rows,
                      Communicator& group) {
  check_shapes(scores, dataset);
  check_rows(rows, dataset);
  if (candidates.empty() || rows.empty()) return 0.0f;
  return most_likely(measure(scores, candidates, dataset, rows, sharing_ranks(dataset, group)));
}

float fit_temperature(std::vector<LabelledScores> parts) {
  return most_likely(lags_of(std::move(parts)));
}

Calibration calibrate(std::vector<LabelledScores> parts) {
  const Lags lags = lags_of(std::move(parts));
  Calibration out{most_likely(lags), {}};
  if (out.temperature > 0.0f) out.rejection = rejection_of(lags, double{out.temperature});
  return out;
}

}  // namespace dem
