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

// A class that is among the nearest of many images.
struct Hub {
  ClassId class_id = 0;
  Index images = 0;  // N_k: how many have it among their k nearest
};

struct Hubness {
  std::optional<double> n1_skewness;
  std::optional<double> n10_skewness;
  // The five classes of the largest N_1 and N_10, largest first; empty where the skewness is.
  std::vector<Hub> n1_hubs = {};
  std::vector<Hub> n10_hubs = {};
};

// Accuracies among seen and unseen classes, means over classes.
struct SeenUnseenScores {
  double unseen = 0.0;    // U, of unseen test images
  double seen = 0.0;      // S, of seen test images
  double harmonic = 0.0;  // H
};

struct ClassScore {
  ClassId class_id;
  Index samples;
  std::optional<double> zero_shot;    // among unseen classes, of an unseen class
  std::optional<double> generalised;  // among all classes, with gamma; where the split allows it
};

// A point of the curve of seen and unseen accuracies: it stands for the gammas from its own, with
// it, to that of the next point.
struct CurvePoint {
  double gamma = 0.0;  // minus infinity of the first
  double unseen = 0.0;
  double seen = 0.0;
  double harmonic = 0.0;
};

// How many test images of a class go to which class; cells without images are left out.
struct ConfusionCell {
  ClassId truth = 0;
  ClassId predicted = 0;
  Index images = 0;
};
struct Confusion {
  std::vector<ConfusionCell> zero_shot;    // unseen images among unseen classes; by truth
  std::vector<ConfusionCell> generalised;  // all images among all classes, with gamma
};

// The middle part of what a score came to over many resamplings of the test data.
struct Interval {
  double low = 0.0;
  double high = 0.0;
};

// Percentile intervals of the bootstrap (Efron, Annals of Statistics 1979): a score is computed of
// test data drawn anew with replacement, many times, and the middle 95 % of what comes out is its
// interval. It says how far the score depends on which images and classes happened to be tested; it
// says nothing of what other training images or seeds would give.
struct ScoreIntervals {
  Index replicates = 0;  // how many times; 0: there are no intervals
  // By the names of EvaluationResult::to_json(): "accuracy", "T1", "hit@5", "U", "S", "H", "U@5",
  // ..., "AUSUC".
  //   over_rows              images are drawn among those of their class: other images, same
  //   classes over_classes_and_rows  classes are drawn among those of their kind, seen or unseen,
  //   and then
  //                          images among those of each: other classes, too. Wider: of 20 unseen
  //                          classes much wider.
  std::map<std::string, Interval> over_rows;
  std::map<std::string, Interval> over_classes_and_rows;
};

// What evaluate() makes besides the scores that cost nothing.
struct EvaluationOptions {
  // The k of hit@k, each at least 1.
  std::vector<Index> hits = {1, 2, 5, 10, 20};
  // Taken off the scores of seen classes instead of the number that comes with the scores.
  std::optional<double> gamma = {};
  // Also the best gamma on these test images.
  bool oracle = false;
  bool curve = false;
  bool confusion = false;
  // Resamplings for intervals of the scores, 0 for none, else at least 100. The interval of AUSUC
  // takes time with images times resamplings and is left out above 5 * 10^8 of these.
  Index bootstrap = 0;
  // Of evaluate_model: also where the model has seen classes that the dataset calls unseen, whose
  // scores are then no zero-shot scores.
  bool trained_unseen = false;

  // Throws Error{kInvalidArgument} naming the field.
  void validate() const;
};

// Only what the split allows has a value.
struct EvaluationResult {
  Metric metric = Metric::kEuclidean;
  Index num_test_unseen = 0;
  Index num_test_seen = 0;
  Index num_unseen_classes = 0;
  // Unseen test images among unseen classes.
  double accuracy = 0.0;           // per sample: the reference's
  double t1 = 0.0;                 // per class
  std::map<Index, double> hit_at;  // k -> per-sample hit@k, k < num_unseen_classes
  // All test images among all classes, with gamma.
  double gamma = 0.0;  // taken off the scores of seen classes; 0: none
  // Of evaluate_model, where a model has seen other classes than the dataset calls seen: the
  // classes whose scores gamma is taken off, and those of the unseen ones that the model has seen.
  std::vector<ClassId> gamma_classes;
  std::vector<ClassId> trained_unseen;
  std::optional<double> unseen;  // U
  std::optional<double> seen;    // S
  std::optional<double> harmonic;
  // k -> the same for the own class among the k best, k from 2 to below the number of classes.
  std::map<Index, SeenUnseenScores> generalised_hit_at;
  std::optional<Index> unseen_to_seen;  // unseen images that go to seen classes
  std::optional<Index> seen_to_unseen;
  std::optional<SeenUnseenScores> uncalibrated;  // with gamma 0, where it is another
  // Area under S over U as gamma goes through all values, by trapezoids (Chao et al., ECCV 2016).
  std::optional<double> ausuc;
  // The point of the best H of the curve, chosen by looking at the test images: a bound, and no
  // result. Where none is better than `gamma`, that.
  std::optional<CurvePoint> oracle;
  std::vector<CurvePoint> curve;  // by ascending gamma, where it was asked for
  // Expected calibration errors of the probabilities, where there is a temperature: the mean over
  // the images of |accuracy - mean probability| of the first class in their bin, of 15 of equal
  // width (Guo et al., ICML 2017, equation 3). Within the rounding of probabilities.
  std::optional<double> calibration_error;              // unseen images among unseen classes
  std::optional<double> generalised_calibration_error;  // all images among all classes
  // Hubness of the unseen prototypes over the unseen test images: of the model's metric, and of
  // others where the same prototypes can be compared by them.
  std::map<Metric, Hubness> hubness;
  std::vector<ClassScore> per_class;  // of test images; unseen classes, then seen ones
  Confusion confusion;                // where it was asked for
  ScoreIntervals intervals;           // where they were asked for

  // The "metrics" object of `dem eval --json`: {"accuracy", "T1", "U", "S", "H", "uncalibrated",
  // "AUSUC", "oracle", "hit@5", "U@5", "ECE", "N1_skewness", ...}, values that exist only; N1 and
  // N10 for the model's metric, and all metrics under "hubness"; "intervals" where there are some.
  [[nodiscard]] std::string to_json() const;
};

// Of the functions below that take a group: where the dataset is a shard, all ranks of the group
// that has the others call them with scores of the same model, the same classes and rows, and all
// get what one process gets of the whole dataset, to the last digit, or the same Error
// (kInvalidArgument also where the ranks do not hold each row once). Where a feature map rounds
// differently in other blocks of images, the gaps of the curve and with them its area differ by
// that rounding, and so do calibration errors. Where the dataset is whole the group is not used.

// Scores of the rows of dataset.visual_features for dataset.classes, and what they are compared by.
struct EvaluatedScores {
  const ScoreSource& scores;
  Metric metric = Metric::kEuclidean;
  // To be taken off the scores of dataset.seen_classes, which do not have it in them yet.
  double gamma = 0.0;
  // Of the probabilities softmax((score - gamma if seen) / temperature); 0: there are none.
  double temperature = 0.0;
};

// Evaluates a model, or whatever gave the scores, on a dataset. Keeps some numbers an image and no
// more. An image goes to the class of the best score, of equal ones to the first of unseen_classes
// among these, and to the lowest class among all; with gamma, where the best seen score is more
// than gamma above the best unseen one, to the former, where it is less, to the latter.
//   others  further comparisons of the same prototypes, of which hubness alone is told
// Throws Error{kShapeMismatch}, Error{kInvalidArgument} where the dataset has no unseen test row
// and for options that cannot be, a curve without seen test rows among them.
//
//   PrototypeSource scores(dataset.visual_features, model.feature_map, model.prototypes,
//                          model.metric);
//   EvaluationResult result = evaluate({scores, model.metric}, dataset);
[[nodiscard]] EvaluationResult evaluate(const EvaluatedScores& evaluated,
                                        const Dataset& dataset,
                                        Communicator& group = self_communicator(),
                                        std::span<const EvaluatedScores> others = {},
                                        const EvaluationOptions& options = {});

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
