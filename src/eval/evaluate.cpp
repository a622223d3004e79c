#include <algorithm>
#include <cstddef>
#include <iterator>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/eval/scores.h"
#include "dem/model/prototypes.h"
#include "eval/class_scores.h"
#include "eval/held_images.h"

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
  const Index num_features = dataset.is_sharded() ? static_cast<Index>(dataset.feature_rows.size())
                                                  : dataset.visual_features.rows();
  if (dataset.num_rows() != num_features) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("evaluation: expected a label for each of ",
                       num_features,
                       " feature rows, got ",
                       dataset.num_rows()));
  }
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

// How many samples have their own class among the k nearest.
Index count_hits(MatrixView<const std::int32_t> nearest,
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
  return hits;
}

// A dataset whose images several ranks may share, and the prototypes it is searched with.
struct Evaluation {
  MatrixView<const float> prototypes;
  const Dataset& dataset;
  Communicator& ranks;

  // Counts of all ranks.
  [[nodiscard]] ClassTallies tally(const HeldImages& images,
                                   std::span<const ClassId> predicted) const {
    return sum_tallies(ranks, tally_classes(images.labels(), predicted), dataset.classes.size());
  }

  [[nodiscard]] std::optional<double> skewness_of(MatrixView<const std::int32_t> nearest,
                                                  Index k,
                                                  Index num_prototypes) const {
    std::vector<Index> counts = k_occurrence(nearest, k, num_prototypes);
    ranks.sum(counts);
    return skewness(counts);
  }

  [[nodiscard]] Hubness hubness_of(MatrixView<const std::int32_t> nearest,
                                   Index num_prototypes) const {
    Hubness hubness;
    hubness.n1_skewness = skewness_of(nearest, 1, num_prototypes);
    if (nearest.cols() >= kHubnessNeighbours) {
      hubness.n10_skewness = skewness_of(nearest, kHubnessNeighbours, num_prototypes);
    }
    return hubness;
  }
};

// Unseen test images among unseen classes: T1, hit@k, hubness.
void score_zero_shot(EvaluationResult& result, const Evaluation& evaluation) {
  const Dataset& dataset = evaluation.dataset;
  const std::span<const ClassId> candidates = dataset.unseen_classes;
  const HeldImages images(dataset, dataset.split.test_unseen, evaluation.ranks);
  const Prototypes unseen = candidate_prototypes(evaluation.prototypes, candidates);
  const Index num_unseen = unseen.rows.rows();
  const auto search = [&](Metric metric, Index k) {
    return nearest_prototypes(
        dataset.visual_features, images.rows(), unseen, std::min(k, num_unseen), metric);
  };
  const Matrix<std::int32_t> nearest = search(result.metric, *std::prev(std::end(kHits)));
  const ClassTallies tallies = evaluation.tally(images, first_choice(nearest, candidates));
  result.accuracy = sample_accuracy(tallies);
  result.per_class = class_scores(tallies);
  result.t1 = mean_accuracy(result.per_class);
  for (const Index k : kHits) {
    if (k >= num_unseen) continue;
    Index hits = count_hits(nearest, candidates, images.labels(), k);
    evaluation.ranks.sum(std::span(&hits, 1));
    result.hit_at[k] = static_cast<double>(hits) / static_cast<double>(result.num_test_unseen);
  }
  const bool euclidean = result.metric == Metric::kEuclidean;
  const Metric other = euclidean ? Metric::kCosine : Metric::kEuclidean;
  (euclidean ? result.euclidean : result.cosine) = evaluation.hubness_of(nearest, num_unseen);
  (euclidean ? result.cosine : result.euclidean) =
      evaluation.hubness_of(search(other, kHubnessNeighbours), num_unseen);
}

// All test images among seen and unseen classes: U, S, H.
void score_generalised(EvaluationResult& result, const Evaluation& evaluation) {
  const Dataset& dataset = evaluation.dataset;
  std::vector<ClassId> candidates = dataset.seen_classes;
  candidates.insert(candidates.end(), dataset.unseen_classes.begin(), dataset.unseen_classes.end());
  std::sort(candidates.begin(), candidates.end());  // ties go to the lower class
  const Prototypes chosen = candidate_prototypes(evaluation.prototypes, candidates);
  const auto score = [&](std::span<const Index> rows) {
    const HeldImages images(dataset, rows, evaluation.ranks);
    const Matrix<std::int32_t> nearest =
        nearest_prototypes(dataset.visual_features, images.rows(), chosen, 1, result.metric);
    return class_scores(evaluation.tally(images, first_choice(nearest, candidates)));
  };
  const std::vector<ClassScore> seen = score(dataset.split.test_seen);
  result.unseen = mean_accuracy(score(dataset.split.test_unseen));
  result.seen = mean_accuracy(seen);
  result.harmonic = harmonic_mean(*result.unseen, *result.seen);
  result.per_class.insert(result.per_class.end(), seen.begin(), seen.end());
}

}  // namespace

EvaluationResult evaluate(MatrixView<const float> prototypes,
                          const Dataset& dataset,
                          Metric metric,
                          Communicator& group) {
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
  const Evaluation evaluation{prototypes, dataset, sharing_ranks(dataset, group)};
  score_zero_shot(result, evaluation);
  if (result.num_test_seen > 0) score_generalised(result, evaluation);
  return result;
}

double candidate_accuracy(MatrixView<const float> prototypes,
                          std::span<const ClassId> candidates,
                          const Dataset& dataset,
                          std::span<const Index> rows,
                          Metric metric,
                          Communicator& group) {
  check_shapes(prototypes, dataset);
  const Evaluation evaluation{prototypes, dataset, sharing_ranks(dataset, group)};
  const Prototypes chosen = candidate_prototypes(prototypes, candidates);
  const HeldImages images(dataset, rows, evaluation.ranks);
  const Matrix<std::int32_t> nearest =
      nearest_prototypes(dataset.visual_features, images.rows(), chosen, 1, metric);
  return sample_accuracy(evaluation.tally(images, first_choice(nearest, candidates)));
}

}  // namespace dem
