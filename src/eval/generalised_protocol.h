// All test images among seen and unseen classes: U, S, H, and what becomes of them with gamma.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dem/eval/scores.h"
#include "eval/class_counts.h"
#include "eval/confusion_counts.h"
#include "eval/reliability.h"
#include "search/gamma_curve.h"

namespace dem {

class GeneralisedProtocol {
 public:
  // The dataset and the options outlive it.
  //   gamma, temperature  as in EvaluatedScores
  GeneralisedProtocol(const Dataset& dataset,
                      const EvaluationOptions& options,
                      double gamma,
                      double temperature);

  // The candidates of either kind, ascending: the lowest of equal ones comes first.
  [[nodiscard]] const std::vector<ClassId>& seen_classes() const { return seen_classes_; }
  [[nodiscard]] const std::vector<ClassId>& unseen_classes() const { return unseen_classes_; }
  // How many of either it looks at.
  [[nodiscard]] Index num_nearest_seen() const;
  [[nodiscard]] Index num_nearest_unseen() const;

  // Images of these classes, of one kind, and what was found among the candidates of both kinds.
  void add(std::span<const ClassId> labels,
           bool are_unseen,
           const BestScores& seen,
           const BestScores& unseen);
  // Writes its part of the result, for the images of all ranks. Collective.
  void finish(Communicator& ranks, EvaluationResult& result);

 private:
  // What is counted of the images of one kind.
  struct Kind {
    Kind(Index num_classes, std::size_t num_hits);

    ClassCounts classes;            // with gamma
    ClassCounts uncalibrated;       // with none
    std::vector<ClassCounts> hits;  // with gamma, by options.hits
    Index to_the_other = 0;         // images that go to a class of the other kind
  };
  // One image's best classes of both kinds.
  struct Best;

  void add_image(ClassId label, Kind& kind, bool is_unseen, const Best& best);
  [[nodiscard]] Index rank_of(ClassId label, bool is_unseen, const Best& best) const;
  [[nodiscard]] double probability(const Best& best, bool to_seen) const;
  void finish_curve(Communicator& ranks, EvaluationResult& result);
  void finish_intervals(EvaluationResult& result) const;
  void finish_area_intervals(const GammaCurve& curve,
                             Communicator& ranks,
                             EvaluationResult& result) const;
  void finish_classes(EvaluationResult& result) const;

  const EvaluationOptions& options_;
  double gamma_;
  double temperature_;
  std::vector<ClassId> seen_classes_, unseen_classes_;
  Kind seen_, unseen_;
  std::vector<ImageGap> gaps_;  // of this rank's images
  ReliabilityBins reliability_;
  ConfusionCounts confusion_;
};

}  // namespace dem
