#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/eval/scores.h"
#include "dem/model/prototypes.h"
#include "eval/class_counts.h"
#include "eval/generalised_protocol.h"
#include "eval/held_images.h"
#include "eval/hub_counts.h"
#include "eval/zero_shot_protocol.h"

namespace dem {
namespace {

// Images whose best classes are in memory together.
constexpr Index kBlock = 16384;
// Of which the middle 95 % can be told.
constexpr Index kFewestReplicates = 100;

// Calls work(rows, labels) for a block of a list's images held here at a time.
template <typename Work>
void for_each_block(const HeldImages& images, const Work& work) {
  const auto n = static_cast<Index>(images.rows().size());
  const std::span<const ClassId> labels = images.labels();
  for (Index first = 0; first < n; first += kBlock) {
    const std::size_t count = at(std::min(kBlock, n - first));
    work(images.rows().subspan(at(first), count), labels.subspan(at(first), count));
  }
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, "evaluation: " + what);
}

// On every rank, whatever images it holds.
void check_candidates(std::span<const ClassId> candidates, const char* kind, Index num_classes) {
  if (candidates.empty()) refuse(concat("expected ", kind, " classes, got none"));
  for (const ClassId id : candidates) {
    if (id >= 0 && id < num_classes) continue;
    refuse(concat("expected ", kind, " classes of 0 .. ", num_classes - 1, ", got ", id));
  }
}

void check(const EvaluatedScores& evaluated,
           const Dataset& dataset,
           const EvaluationOptions& options) {
  check_shapes(evaluated.scores, dataset);
  options.validate();
  if (dataset.split.test_unseen.empty()) refuse("expected test rows of unseen classes, got none");
  if (options.curve && dataset.split.test_seen.empty()) {
    refuse("curve: expected test rows of seen classes, got none");
  }
  check_candidates(dataset.unseen_classes, "unseen", dataset.classes.size());
  if (!dataset.split.test_seen.empty()) {
    check_candidates(dataset.seen_classes, "seen", dataset.classes.size());
  }
  if (!std::isfinite(evaluated.gamma)) {
    refuse(concat("gamma: expected a finite number, got ", evaluated.gamma));
  }
  if (!(evaluated.temperature >= 0.0) || std::isinf(evaluated.temperature)) {
    refuse(
        concat("temperature: expected a finite number of at least 0, got ", evaluated.temperature));
  }
}

// A dataset whose images several ranks may share, and the scores of those held here.
struct Evaluation {
  const EvaluatedScores& evaluated;
  const Dataset& dataset;
  Communicator& ranks;

  [[nodiscard]] BestScores search(std::span<const Index> rows,
                                  std::span<const ClassId> candidates,
                                  Index k) const {
    return evaluated.scores.best_scores(rows, candidates, k, evaluated.temperature);
  }

  // Unseen test images, for both protocols where there are two.
  void add_unseen(ZeroShotProtocol& zero_shot, GeneralisedProtocol* generalised) const {
    const HeldImages images(dataset, dataset.split.test_unseen, ranks);
    for_each_block(images, [&](std::span<const Index> rows, std::span<const ClassId> labels) {
      BestScores unseen = search(rows, dataset.unseen_classes, zero_shot.num_nearest());
      zero_shot.add(labels, unseen);
      if (generalised == nullptr) return;
      // One search does for both unless the protocols order equal scores differently.
      const std::vector<ClassId>& candidates = generalised->unseen_classes();
      if (candidates != dataset.unseen_classes) {
        unseen = search(rows, candidates, generalised->num_nearest_unseen());
      }
      const BestScores seen =
          search(rows, generalised->seen_classes(), generalised->num_nearest_seen());
      generalised->add(labels, true, seen, unseen);
    });
  }

  void add_seen(GeneralisedProtocol& generalised) const {
    const HeldImages images(dataset, dataset.split.test_seen, ranks);
    for_each_block(images, [&](std::span<const Index> rows, std::span<const ClassId> labels) {
      const BestScores seen =
          search(rows, generalised.seen_classes(), generalised.num_nearest_seen());
      const BestScores unseen =
          search(rows, generalised.unseen_classes(), generalised.num_nearest_unseen());
      generalised.add(labels, false, seen, unseen);
    });
  }

  [[nodiscard]] Hubness hubness_of(const ScoreSource& scores) const {
    const HeldImages images(dataset, dataset.split.test_unseen, ranks);
    HubCounts hubs(dataset.unseen_classes);
    for_each_block(images, [&](std::span<const Index> rows, std::span<const ClassId>) {
      hubs.add(scores.best(rows, dataset.unseen_classes, hubs.num_nearest()));
    });
    return hubs.total(ranks);
  }
};

ClassCounts count_candidates(const ScoreSource& scores,
                             std::span<const ClassId> candidates,
                             const Dataset& dataset,
                             std::span<const Index> rows,
                             Communicator& group) {
  check_shapes(scores, dataset);
  Communicator& ranks = sharing_ranks(dataset, group);
  const HeldImages images(dataset, rows, ranks);
  const Matrix<std::int32_t> nearest = scores.best(images.rows(), candidates, 1);
  ClassCounts counts(dataset.classes.size());
  for (std::size_t i = 0; i < images.labels().size(); ++i) {
    const ClassId predicted = candidates[at(nearest(static_cast<Index>(i), 0))];
    counts.add(images.labels()[i], predicted == images.labels()[i]);
  }
  counts.sum(ranks);
  return counts;
}

}  // namespace

void EvaluationOptions::validate() const {
  for (const Index k : hits) {
    if (k < 1) refuse(concat("hits: expected numbers of at least 1, got ", k));
  }
  if (gamma && !std::isfinite(*gamma)) {
    refuse(concat("gamma: expected a finite number, got ", *gamma));
  }
  if (bootstrap != 0 && bootstrap < kFewestReplicates) {
    refuse(concat(
        "bootstrap: expected 0 or at least ", kFewestReplicates, " resamplings, got ", bootstrap));
  }
}

EvaluationResult evaluate(const EvaluatedScores& evaluated,
                          const Dataset& dataset,
                          Communicator& group,
                          std::span<const EvaluatedScores> others,
                          const EvaluationOptions& options) {
  check(evaluated, dataset, options);
  EvaluationResult result;
  result.metric = evaluated.metric;
  result.num_test_unseen = static_cast<Index>(dataset.split.test_unseen.size());
  result.num_test_seen = static_cast<Index>(dataset.split.test_seen.size());
  result.num_unseen_classes = static_cast<Index>(dataset.unseen_classes.size());
  result.gamma = options.gamma.value_or(evaluated.gamma);
  const Evaluation evaluation{evaluated, dataset, sharing_ranks(dataset, group)};
  ZeroShotProtocol zero_shot(dataset, options);
  std::optional<GeneralisedProtocol> generalised;
  if (result.num_test_seen > 0) {
    generalised.emplace(dataset, options, result.gamma, evaluated.temperature);
  }
  evaluation.add_unseen(zero_shot, generalised ? &*generalised : nullptr);
  zero_shot.finish(evaluation.ranks, result);
  for (const EvaluatedScores& other : others) {
    result.hubness[other.metric] = evaluation.hubness_of(other.scores);
  }
  if (generalised) {
    evaluation.add_seen(*generalised);
    generalised->finish(evaluation.ranks, result);
  }
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
  return count_candidates(scores, candidates, dataset, rows, group).sample_accuracy();
}

double candidate_class_accuracy(const ScoreSource& scores,
                                std::span<const ClassId> candidates,
                                const Dataset& dataset,
                                std::span<const Index> rows,
                                Communicator& group) {
  return count_candidates(scores, candidates, dataset, rows, group).class_accuracy();
}

}  // namespace dem
