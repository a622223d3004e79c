#include "doctor/relation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "base/at.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "linalg/blas.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

constexpr Index kMostClasses = 1000;

// Takes the numbers of a column for their ranks less the mean rank: however large a number or a
// column is, it counts no more than others. Equal numbers share the mean of their ranks; what is
// not finite becomes 0.
void rank_column(Matrix<float>& rows, Index column) {
  std::vector<std::pair<float, Index>> sorted;
  for (Index i = 0; i < rows.rows(); ++i) {
    if (std::isfinite(rows(i, column))) sorted.emplace_back(rows(i, column), i);
    rows(i, column) = 0.0F;
  }
  std::sort(sorted.begin(), sorted.end());
  const double middle = (static_cast<double>(sorted.size()) - 1.0) / 2.0;
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t end = first;
    while (end < sorted.size() && sorted[end].first == sorted[first].first) ++end;
    const double rank = static_cast<double>(first + end - 1) / 2.0;
    for (; first < end; ++first) {
      rows(sorted[first].second, column) = static_cast<float>(rank - middle);
    }
  }
}

// Ranks by column, then rows as unit vectors; a row that is in the middle stays zero.
void rank_and_scale(Matrix<float>& rows) {
  constexpr Index kGrain = 16;
  parallel_for(rows.cols(), kGrain, [&](Index first, Index last) {
    for (Index j = first; j < last; ++j) rank_column(rows, j);
  });
  for (Index i = 0; i < rows.rows(); ++i) {
    const double norm = std::sqrt(squared_norm(rows.row(i)));
    for (float& x : rows.row(i)) x = norm > 0.0 ? static_cast<float>(double{x} / norm) : 0.0F;
  }
}

Matrix<float> cosines(const Matrix<float>& rows) {
  Matrix<float> out = Matrix<float>::uninitialised(rows.rows(), rows.rows());
  gemm(Transpose::kNo, Transpose::kYes, 1.0F, rows, rows, 0.0F, out);
  return out;
}

// Makes the numbers off the diagonal have mean 0 and squares that sum to 1.
bool standardise_pairs(Matrix<float>& pairs) {
  const Index n = pairs.rows();
  double sum = 0.0;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) sum += i == j ? 0.0 : double{pairs(i, j)};
  }
  const double mean = sum / static_cast<double>(n * (n - 1));
  double squares = 0.0;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      pairs(i, j) = i == j ? 0.0F : static_cast<float>(double{pairs(i, j)} - mean);
      squares += double{pairs(i, j)} * double{pairs(i, j)};
    }
  }
  if (squares <= 0.0) return false;
  for (Index i = 0; i < pairs.size(); ++i) {
    pairs.data()[i] = static_cast<float>(double{pairs.data()[i]} / std::sqrt(squares));
  }
  return true;
}

double correlation_of(const Matrix<float>& a,
                      const Matrix<float>& b,
                      const std::vector<Index>& order) {
  double sum = 0.0;
  for (Index i = 0; i < a.rows(); ++i) {
    const auto row_a = a.row(i);
    const auto row_b = b.row(order[at(i)]);
    double part = 0.0;
    for (std::size_t j = 0; j < row_a.size(); ++j) {
      part += double{row_a[j]} * double{row_b[at(order[j])]};
    }
    sum += part;
  }
  return sum;
}

void shuffle_many(const Matrix<float>& features,
                  const Matrix<float>& descriptions,
                  Relation& relation) {
  constexpr Index kShuffles = 100;
  std::vector<double> shuffled(at(kShuffles));
  parallel_for(kShuffles, 1, [&](Index first, Index last) {
    for (Index k = first; k < last; ++k) {
      std::vector<Index> order(at(features.rows()));
      std::iota(order.begin(), order.end(), Index{0});
      Rng rng(1, Purpose::kDiagnosis, static_cast<std::uint64_t>(k + 2));
      shuffle(std::span(order), rng);
      shuffled[at(k)] = correlation_of(features, descriptions, order);
    }
  });
  const auto count = static_cast<double>(kShuffles);
  relation.mean = std::accumulate(shuffled.begin(), shuffled.end(), 0.0) / count;
  double squares = 0.0;
  for (const double r : shuffled) squares += (r - relation.mean) * (r - relation.mean);
  relation.deviation = std::sqrt(squares / (count - 1.0));
}

}  // namespace

Relation relation_of(const FeatureFacts& facts, MatrixView<const float> descriptions) {
  std::vector<Index> classes;
  for (Index c = 0; c < descriptions.rows(); ++c) {
    if (facts.class_counts[at(c)] > 0 && std::ssize(classes) < kMostClasses) classes.push_back(c);
  }
  Relation relation{.num_classes = std::ssize(classes)};
  if (classes.size() < 3) return relation;
  Matrix<float> features(relation.num_classes, facts.dim);
  Matrix<float> described(relation.num_classes, descriptions.cols());
  for (Index i = 0; i < relation.num_classes; ++i) {
    const Index c = classes[at(i)];
    const auto count = static_cast<float>(facts.class_counts[at(c)]);
    for (Index j = 0; j < facts.dim; ++j) features(i, j) = facts.class_sums(c, j) / count;
    const auto row = descriptions.row(c);
    std::copy(row.begin(), row.end(), described.row(i).begin());
  }
  rank_and_scale(features);
  rank_and_scale(described);
  Matrix<float> feature_pairs = cosines(features);
  Matrix<float> description_pairs = cosines(described);
  if (!standardise_pairs(feature_pairs) || !standardise_pairs(description_pairs)) return relation;
  std::vector<Index> as_is(classes.size());
  std::iota(as_is.begin(), as_is.end(), Index{0});
  relation.correlation = correlation_of(feature_pairs, description_pairs, as_is);
  shuffle_many(feature_pairs, description_pairs, relation);
  return relation;
}

}  // namespace dem
