// Where an evaluation's scores come from: a model over a dataset's features, or a matrix that
// another system wrote.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dem/base/types.h"
#include "dem/linalg/matrix.h"
#include "dem/model/comparison.h"
#include "dem/model/feature_map.h"
#include "dem/model/prototypes.h"

namespace dem {

// The best candidates of some rows with their scores.
struct BestScores {
  Matrix<std::int32_t> places;  // [rows, k], as ScoreSource::best() gives them
  Matrix<double> scores;        // [rows, k], theirs
  // [rows]: the sum over all candidates of exp((score - best score) / temperature), at least 1: one
  // over the probability of the best. Empty without a temperature.
  std::vector<double> softmax_sums;
};

// Scores of some rows of features for classes; larger is better. Protocols (dem/eval/scores.h) ask
// for nothing else. Asked a block of rows at a time, so that a virtual call costs nothing.
class ScoreSource {
 public:
  virtual ~ScoreSource() = default;

  [[nodiscard]] virtual Index num_rows() const = 0;     // rows are 0 .. num_rows() - 1
  [[nodiscard]] virtual Index num_classes() const = 0;  // class ids are below

  // The k best candidates of each of `rows`, best first, as places in `candidates`; ties go to the
  // lower place. [rows, k]. Throws Error{kInvalidArgument} for a row or candidate out of range, no
  // candidate, and k not in 1 .. candidates.
  [[nodiscard]] virtual Matrix<std::int32_t> best(std::span<const Index> rows,
                                                  std::span<const ClassId> candidates,
                                                  Index k) const = 0;

  // The scores themselves in double precision, not NaN. [rows, candidates]. Throws as best().
  [[nodiscard]] virtual Matrix<double> scores(std::span<const Index> rows,
                                              std::span<const ClassId> candidates) const = 0;

  // Both for the best ones alone, with the sums that probabilities need where the temperature is
  // above 0. Throws as best(). Made of best() and scores() where a source knows no shorter way.
  [[nodiscard]] virtual BestScores best_scores(std::span<const Index> rows,
                                               std::span<const ClassId> candidates,
                                               Index k,
                                               double temperature) const;
};

// Features through a FeatureMap against prototypes: what a model says. Windows on what outlives it.
// Memory does not grow with the number of rows but for results: features are mapped block by block.
//
//   PrototypeSource scores(dataset.visual_features, model.feature_map, model.prototypes,
//                          model.metric);
class PrototypeSource : public ScoreSource {
 public:
  // Throws Error{kShapeMismatch} where features, map and prototypes do not fit, and as
  // prototypes.validate().
  PrototypeSource(MatrixView<const float> features,
                  const FeatureMap& feature_map,
                  const PrototypesView& prototypes,
                  Metric metric);
  // A map that ends with the statement does not outlive it.
  PrototypeSource(MatrixView<const float> features,
                  const FeatureMap&& feature_map,
                  const PrototypesView& prototypes,
                  Metric metric) = delete;

  [[nodiscard]] Index num_rows() const override { return features_.rows(); }
  [[nodiscard]] Index num_classes() const override { return prototypes_.rows.rows(); }
  [[nodiscard]] Matrix<std::int32_t> best(std::span<const Index> rows,
                                          std::span<const ClassId> candidates,
                                          Index k) const override;
  [[nodiscard]] Matrix<double> scores(std::span<const Index> rows,
                                      std::span<const ClassId> candidates) const override;
  // One search; the sums are those that Predictor takes for probabilities.
  [[nodiscard]] BestScores best_scores(std::span<const Index> rows,
                                       std::span<const ClassId> candidates,
                                       Index k,
                                       double temperature) const override;

 private:
  MatrixView<const float> features_;
  const FeatureMap& feature_map_;
  PrototypesView prototypes_;
  Metric metric_;
};

// A matrix of scores [rows, classes], larger is better, that is there already. A window on it.
//
//   MatrixSource scores(matrix);
//   EvaluationResult result = evaluate({scores, Metric::kDot}, dataset);
class MatrixSource : public ScoreSource {
 public:
  // Throws Error{kInvalidArgument} for NaN.
  explicit MatrixSource(MatrixView<const float> scores);

  [[nodiscard]] Index num_rows() const override { return scores_.rows(); }
  [[nodiscard]] Index num_classes() const override { return scores_.cols(); }
  [[nodiscard]] Matrix<std::int32_t> best(std::span<const Index> rows,
                                          std::span<const ClassId> candidates,
                                          Index k) const override;
  [[nodiscard]] Matrix<double> scores(std::span<const Index> rows,
                                      std::span<const ClassId> candidates) const override;

 private:
  void check(std::span<const Index> rows, std::span<const ClassId> candidates) const;

  MatrixView<const float> scores_;
};

}  // namespace dem
