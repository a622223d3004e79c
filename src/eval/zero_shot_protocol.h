// Unseen test images among unseen classes: T1, hit@k, hubness.
#pragma once

#include <span>
#include <vector>

#include "dem/eval/scores.h"
#include "eval/class_counts.h"
#include "eval/confusion_counts.h"
#include "eval/hub_counts.h"
#include "eval/reliability.h"

namespace dem {

class ZeroShotProtocol {
 public:
  // The dataset and the options outlive it.
  ZeroShotProtocol(const Dataset& dataset, const EvaluationOptions& options);

  // How many of the unseen classes it looks at.
  [[nodiscard]] Index num_nearest() const { return num_nearest_; }
  // Images of these classes, and what was found among dataset.unseen_classes.
  //   found  [labels, >= num_nearest()]
  void add(std::span<const ClassId> labels, const BestScores& found);
  // Writes its part of the result, for the images of all ranks. Collective.
  void finish(Communicator& ranks, EvaluationResult& result);

 private:
  void finish_intervals(EvaluationResult& result) const;

  const Dataset& dataset_;
  const EvaluationOptions& options_;
  Index num_nearest_;
  ClassCounts classes_;
  std::vector<ClassCounts> hits_;  // by options.hits
  HubCounts hubs_;
  ReliabilityBins reliability_;
  ConfusionCounts confusion_;
};

}  // namespace dem
