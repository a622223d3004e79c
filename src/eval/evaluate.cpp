#include <algorithm>
#include <cstddef>
#include <iterator>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/eval/scores.h"
#include "eval/class_scores.h"

namespace dem {
namespace {

// hit@k is reported for these where there are more unseen classes.
constexpr Index kHits[] = {1, 2, 5, 10, 20};
constexpr Index kHubnessNeighbours = 10;

void check_shapes(MatrixView<const float> prototypes, const Dataset& dataset) {
  if (prototypes.rows() != dataset.classes.size() || prototypes.cols() != dataset.feature_dim()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("evaluation: expected prototypes [",
                       dataset.classes.size(),
                       ", ",
                       dataset.feature_dim(),
                       "], got [",
                       prototypes.rows(),
                       ", ",
                       prototypes.cols(),
                       "]"));
  }
  if (static_cast<Index>(dataset.labels.size()) != dataset.visual_features.rows()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("evaluation: expected a label for each of ",
                       dataset.visual_features.rows(),
                       " feature rows, got ",
                       dataset.labels.size()));
  }
}

std::vector<ClassId> labels_of(const Dataset& dataset, std::span<const Index> rows) {
  std::vector<ClassId> labels;
  labels.reserve(rows.size());
  for (const Index row : rows) {
    if (row < 0 || row >= dataset.visual_features.rows()) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("evaluation: expected rows of 0 .. ",
                         dataset.visual_features.rows() - 1,
                         ", got ",
                         row));
    }
    labels.push_back(dataset.labels[static_cast<std::size_t>(row)]);
  }
  return labels;
}

// The classes of the nearest prototypes.
std::vector<ClassId> first_choice(MatrixView<const std::int32_t> nearest,
                                  std::span<const ClassId> candidates) {
  std::vector<ClassId> predicted;
  predicted.reserve(static_cast<std::size_t>(nearest.rows()));
  for (Index i = 0; i < nearest.rows(); ++i) {
    predicted.push_back(candidates[static_cast<std::size_t>(nearest(i, 0))]);
  }
  return predicted;
}

double hit_rate(MatrixView<const std::int32_t> nearest,
                std::span<const ClassId> candidates,
                std::span<const ClassId> truth,
                Index k) {
  Index hits = 0;
  for (Index i = 0; i < nearest.rows(); ++i) {
    const auto best = nearest.row(i).first(static_cast<std::size_t>(k));
    const ClassId label = truth[static_cast<std::size_t>(i)];
    hits += std::any_of(best.begin(),
                        best.end(),
                        [&](std::int32_t row) {
                          return candidates[static_cast<std::size_t>(row)] == label;
                        })
                ? 1
                : 0;
  }
  return static_cast<double>(hits) / static_cast<double>(nearest.rows());
}

Hubness hubness_of(MatrixView<const std::int32_t> nearest, Index num_prototypes) {
  Hubness hubness;
  hubness.n1_skewness = skewness(k_occurrence(nearest, 1, num_prototypes));
  if (nearest.cols() >= kHubnessNeighbours) {
    hubness.n10_skewness = skewness(k_occurrence(nearest, kHubnessNeighbours, num_prototypes));
  }
  return hubness;
}

// Unseen test images among unseen classes: T1, hit@k, hubness.
void score_zero_shot(EvaluationResult& result,
                     MatrixView<const float> prototypes,
                     const Dataset& dataset) {
  const std::span<const ClassId> candidates = dataset.unseen_classes;
  const std::span<const Index> rows = dataset.split.test_unseen;
  const Matrix<float> unseen = candidate_prototypes(prototypes, candidates);
  const auto search = [&](Metric metric, Index k) {
    return nearest_prototypes(
        dataset.visual_features, rows, unseen, std::min(k, unseen.rows()), metric);
  };
  const Matrix<std::int32_t> nearest = search(result.metric, *std::prev(std::end(kHits)));
  const std::vector<ClassId> truth = labels_of(dataset, rows);
  const std::vector<ClassId> predicted = first_choice(nearest, candidates);
  result.accuracy = sample_accuracy(truth, predicted);
  result.t1 = per_class_accuracy(truth, predicted);
  result.per_class = class_scores(truth, predicted);
  for (const Index k : kHits) {
    if (k < unseen.rows()) result.hit_at[k] = hit_rate(nearest, candidates, truth, k);
  }
  const bool euclidean = result.metric == Metric::kEuclidean;
  const Metric other = euclidean ? Metric::kCosine : Metric::kEuclidean;
  (euclidean ? result.euclidean : result.cosine) = hubness_of(nearest, unseen.rows());
  (euclidean ? result.cosine : result.euclidean) =
      hubness_of(search(other, kHubnessNeighbours), unseen.rows());
}

// All test images among seen and unseen classes: U, S, H.
void score_generalised(EvaluationResult& result,
                       MatrixView<const float> prototypes,
                       const Dataset& dataset) {
  std::vector<ClassId> candidates = dataset.seen_classes;
  candidates.insert(candidates.end(), dataset.unseen_classes.begin(), dataset.unseen_classes.end());
  std::sort(candidates.begin(), candidates.end());  // ties go to the lower class
  const Matrix<float> chosen = candidate_prototypes(prototypes, candidates);
  const auto predict = [&](std::span<const Index> rows) {
    return first_choice(nearest_prototypes(dataset.visual_features, rows, chosen, 1, result.metric),
                        candidates);
  };
  const std::vector<Index>& unseen_rows = dataset.split.test_unseen;
  const std::vector<Index>& seen_rows = dataset.split.test_seen;
  const std::vector<ClassScore> seen =
      class_scores(labels_of(dataset, seen_rows), predict(seen_rows));
  result.unseen = per_class_accuracy(labels_of(dataset, unseen_rows), predict(unseen_rows));
  result.seen = mean_accuracy(seen);
  result.harmonic = harmonic_mean(*result.unseen, *result.seen);
  result.per_class.insert(result.per_class.end(), seen.begin(), seen.end());
}

}  // namespace

EvaluationResult evaluate(MatrixView<const float> prototypes,
                          const Dataset& dataset,
                          Metric metric) {
  check_shapes(prototypes, dataset);
  if (dataset.split.test_unseen.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                "evaluation: expected test rows of unseen classes, got none");
  }
  EvaluationResult result;
  result.metric = metric;
  result.num_test_unseen = static_cast<Index>(dataset.split.test_unseen.size());
  result.num_test_seen = static_cast<Index>(dataset.split.test_seen.size());
  result.num_unseen_classes = static_cast<Index>(dataset.unseen_classes.size());
  score_zero_shot(result, prototypes, dataset);
  if (result.num_test_seen > 0) score_generalised(result, prototypes, dataset);
  return result;
}

Matrix<float> candidate_prototypes(MatrixView<const float> prototypes,
                                   std::span<const ClassId> candidates) {
  if (candidates.empty()) {
    throw Error(ErrorKind::kInvalidArgument, "evaluation: expected candidate classes, got none");
  }
  auto chosen =
      Matrix<float>::uninitialised(static_cast<Index>(candidates.size()), prototypes.cols());
  for (Index i = 0; i < chosen.rows(); ++i) {
    const ClassId candidate = candidates[static_cast<std::size_t>(i)];
    if (candidate < 0 || candidate >= prototypes.rows()) {
      throw Error(
          ErrorKind::kInvalidArgument,
          concat(
              "evaluation: expected classes of 0 .. ", prototypes.rows() - 1, ", got ", candidate));
    }
    const std::span<const float> row = prototypes.row(candidate);
    std::copy(row.begin(), row.end(), chosen.row(i).begin());
  }
  return chosen;
}

double candidate_accuracy(MatrixView<const float> prototypes,
                          std::span<const ClassId> candidates,
                          const Dataset& dataset,
                          std::span<const Index> rows,
                          Metric metric) {
  check_shapes(prototypes, dataset);
  const Matrix<float> chosen = candidate_prototypes(prototypes, candidates);
  const Matrix<std::int32_t> nearest =
      nearest_prototypes(dataset.visual_features, rows, chosen, 1, metric);
  return sample_accuracy(labels_of(dataset, rows), first_choice(nearest, candidates));
}

}  // namespace dem
