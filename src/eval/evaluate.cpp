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

// A dataset whose images several ranks may share, and the scores of those held here.
struct Evaluation {
  const ScoreSource& scores;
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
void score_zero_shot(EvaluationResult& result,
                     const Evaluation& evaluation,
                     std::span<const EvaluatedScores> others) {
  const Dataset& dataset = evaluation.dataset;
  const std::span<const ClassId> candidates = dataset.unseen_classes;
  const HeldImages images(dataset, dataset.split.test_unseen, evaluation.ranks);
  const Index num_unseen = static_cast<Index>(candidates.size());
  const auto search = [&](const ScoreSource& scores, Index k) {
    return scores.best(images.rows(), candidates, std::min(k, num_unseen));
  };
  const Matrix<std::int32_t> nearest = search(evaluation.scores, *std::prev(std::end(kHits)));
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
  result.hubness[result.metric] = evaluation.hubness_of(nearest, num_unseen);
  for (const EvaluatedScores& other : others) {
    result.hubness[other.metric] =
        evaluation.hubness_of(search(other.scores, kHubnessNeighbours), num_unseen);
  }
}

// All test images among seen and unseen classes: U, S, H.
void score_generalised(EvaluationResult& result, const Evaluation& evaluation) {
  const Dataset& dataset = evaluation.dataset;
  std::vector<ClassId> candidates = dataset.seen_classes;
  candidates.insert(candidates.end(), dataset.unseen_classes.begin(), dataset.unseen_classes.end());
  std::sort(candidates.begin(), candidates.end());  // ties go to the lower class
  const auto score = [&](std::span<const Index> rows) {
    const HeldImages images(dataset, rows, evaluation.ranks);
    const Matrix<std::int32_t> nearest = evaluation.scores.best(images.rows(), candidates, 1);
    return class_scores(evaluation.tally(images, first_choice(nearest, candidates)));
  };
  const std::vector<ClassScore> seen = score(dataset.split.test_seen);
  result.unseen = mean_accuracy(score(dataset.split.test_unseen));
  result.seen = mean_accuracy(seen);
  result.harmonic = harmonic_mean(*result.unseen, *result.seen);
  result.per_class.insert(result.per_class.end(), seen.begin(), seen.end());
}

ClassTallies tally_candidates(const ScoreSource& scores,
                              std::span<const ClassId> candidates,
                              const Dataset& dataset,
                              std::span<const Index> rows,
                              Communicator& group) {
  check_shapes(scores, dataset);
  const Evaluation evaluation{scores, dataset, sharing_ranks(dataset, group)};
  const HeldImages images(dataset, rows, evaluation.ranks);
  const Matrix<std::int32_t> nearest = scores.best(images.rows(), candidates, 1);
  return evaluation.tally(images, first_choice(nearest, candidates));
}

}  // namespace

EvaluationResult evaluate(const EvaluatedScores& evaluated,
                          const Dataset& dataset,
                          Communicator& group,
                          std::span<const EvaluatedScores> others) {
  check_shapes(evaluated.scores, dataset);
  if (dataset.split.test_unseen.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                "evaluation: expected test rows of unseen classes, got none");
  }
  EvaluationResult result;
  result.metric = evaluated.metric;
  result.num_test_unseen = static_cast<Index>(dataset.split.test_unseen.size());
  result.num_test_seen = static_cast<Index>(dataset.split.test_seen.size());
  result.num_unseen_classes = static_cast<Index>(dataset.unseen_classes.size());
  const Evaluation evaluation{evaluated.scores, dataset, sharing_ranks(dataset, group)};
  score_zero_shot(result, evaluation, others);
  if (result.num_test_seen > 0) score_generalised(result, evaluation);
  return result;
}

EvaluationResult evaluate(const PrototypesView& prototypes,
                          const Dataset& dataset,
                          Metric metric,
                          Communicator& group) {
  const FeatureMap none;
  const Metric other = metric == Metric::kEuclidean ? Metric::kCosine : Metric::kEuclidean;
  const PrototypeSource scores(dataset.visual_features, none, prototypes, metric);
  const bool is_plain = prototypes.scale.empty() && prototypes.offset.empty();
  if (!is_plain) return evaluate({scores, metric}, dataset, group);
  const PrototypeSource otherwise(dataset.visual_features, none, prototypes, other);
  const EvaluatedScores others[] = {{otherwise, other}};
  return evaluate({scores, metric}, dataset, group, others);
}

double candidate_accuracy(const ScoreSource& scores,
                          std::span<const ClassId> candidates,
                          const Dataset& dataset,
                          std::span<const Index> rows,
                          Communicator& group) {
  return sample_accuracy(tally_candidates(scores, candidates, dataset, rows, group));
}

double candidate_class_accuracy(const ScoreSource& scores,
                                std::span<const ClassId> candidates,
                                const Dataset& dataset,
                                std::span<const Index> rows,
                                Communicator& group) {
  return mean_accuracy(class_scores(tally_candidates(scores, candidates, dataset, rows, group)));
}

}  // namespace dem
