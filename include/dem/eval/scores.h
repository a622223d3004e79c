// Scores of the zero-shot protocols. All accuracies are fractions in [0, 1].
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/model/model.h"
#include "dem/search/score_source.h"

namespace dem {

// The functions down to skewness() look at what they are given, on this rank alone.

// Fraction of samples whose prediction is right. NaN for no sample.
[[nodiscard]] double sample_accuracy(std::span<const ClassId> truth,
                                     std::span<const ClassId> predicted);

// Mean over the classes that occur in `truth` of the fraction of that class's samples that are
// right (Xian et al., TPAMI 2019, equation 1). NaN for no sample.
[[nodiscard]] double per_class_accuracy(std::span<const ClassId> truth,
                                        std::span<const ClassId> predicted);

// H = 2 u s / (u + s); 0 where u + s = 0.
[[nodiscard]] double harmonic_mean(double unseen, double seen) noexcept;

// How often each of m prototypes is among the k nearest of the queries: N_k(j), the k-occurrence.
//   nearest  [n, >= k] from nearest_prototypes
[[nodiscard]] std::vector<Index> k_occurrence(MatrixView<const std::int32_t> nearest,
                                              Index k,
                                              Index num_prototypes);

// Skewness of the k-occurrence over prototypes, E[(N_k - mean)^3] / sd^3 with divisor m
// (Radovanovic et al., JMLR 2010; the hubness measure of the DEM paper). Empty where all counts are
// equal, as they are when k >= m.
[[nodiscard]] std::optional<double> skewness(std::span<const Index> counts);

struct Hubness {
  std::optional<double> n1_skewness;
  std::optional<double> n10_skewness;
};

struct ClassScore {
  ClassId class_id;
  Index samples;
  double accuracy;  // zero-shot accuracy for unseen classes, generalised one for seen classes
};

// Only what the split allows has a value.
struct EvaluationResult {
  Metric metric = Metric::kEuclidean;
  Index num_test_unseen = 0;
  Index num_test_seen = 0;
  Index num_unseen_classes = 0;
  double accuracy = 0.0;  // per sample, unseen test images among unseen classes: the reference's
  double t1 = 0.0;        // per class, the same candidates
  std::map<Index, double> hit_at;  // k -> per-sample hit@k among unseen classes, k < num_unseen
  std::optional<double> unseen;    // U: per class, unseen test images among all classes
  std::optional<double> seen;      // S: per class, seen test images among all classes
  std::optional<double> harmonic;  // H
  // Hubness of the unseen prototypes over the unseen test images: of the model's metric, and of
  // others where the same prototypes can be compared by them.
  std::map<Metric, Hubness> hubness;
  std::vector<ClassScore> per_class;

  // The "metrics" object of `dem eval --json`: {"accuracy", "T1", "U", "S", "H", "hit@5",
  // "N1_skewness", ...}, values that exist only; N1 and N10 for the model's metric, and all
  // metrics under "hubness".
  [[nodiscard]] std::string to_json() const;
};

// Of the functions below that take a group: where the dataset is a shard, all ranks of the group
// that has the others call them with scores of the same model, the same classes and rows, and all
// get what one process gets of the whole dataset, to the last digit, or the same Error
// (kInvalidArgument also where the ranks do not hold each row once). Where the dataset is whole the
// group is not used.

// Scores of the rows of dataset.visual_features for dataset.classes, and what they are compared by.
struct EvaluatedScores {
  const ScoreSource& scores;
  Metric metric = Metric::kEuclidean;
};

// Evaluates a model, or whatever gave the scores, on a dataset.
//   others  further comparisons of the same prototypes, of which hubness alone is told
// Throws Error{kShapeMismatch}, Error{kInvalidArgument} where the dataset has no unseen test row.
//
//   PrototypeSource scores(dataset.visual_features, model.feature_map, model.prototypes,
//                          model.metric);
//   EvaluationResult result = evaluate({scores, model.metric}, dataset);
[[nodiscard]] EvaluationResult evaluate(const EvaluatedScores& evaluated,
                                        const Dataset& dataset,
                                        Communicator& group = self_communicator(),
                                        std::span<const EvaluatedScores> others = {});

// The same for prototypes of the dataset's own features, unmapped, with the hubness of distances
// and cosines; of `metric` alone where there are scales or offsets, which are for one metric.
//   prototypes  [num_classes, feature_dim], a row a class of dataset.classes
[[nodiscard]] EvaluationResult evaluate(const PrototypesView& prototypes,
                                        const Dataset& dataset,
                                        Metric metric,
                                        Communicator& group = self_communicator());

// Per-sample accuracy of some rows among some candidate classes: what training goes by.
//   rows  of 0 .. dataset.num_rows() - 1, those of all ranks
[[nodiscard]] double candidate_accuracy(const ScoreSource& scores,
                                        std::span<const ClassId> candidates,
                                        const Dataset& dataset,
                                        std::span<const Index> rows,
                                        Communicator& group = self_communicator());

// The same as a mean over the classes of these rows: what recipes choose by.
[[nodiscard]] double candidate_class_accuracy(const ScoreSource& scores,
                                              std::span<const ClassId> candidates,
                                              const Dataset& dataset,
                                              std::span<const Index> rows,
                                              Communicator& group = self_communicator());

}  // namespace dem
