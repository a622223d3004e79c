// What one training run of a network learns from.
#pragma once

#include <optional>
#include <vector>

#include "dem/data/prepared_data.h"
#include "pipeline/fit_phase.h"

namespace dem {

// A phase's images behind a feature map that is fitted to them, or their class statistics.
class PhaseInput {
 public:
  PhaseInput(const Dataset& dataset, const FitOptions& options, Communicator& group)
      : dataset_(dataset), options_(options), group_(group) {}

  // One of both, as the solver takes it. The rows of the phase before are let go first.
  void take_images(const Phase& phase);
  void take_statistics(const Phase& phase);

  [[nodiscard]] const FeatureMap& feature_map() const { return feature_map_; }
  // After take_statistics().
  [[nodiscard]] const ClassStatistics& statistics() const { return *statistics_; }
  // After take_images(): for train(); `phase` and the spaces outlive it.
  [[nodiscard]] TrainingSet images(const Phase& phase, const NetworkSpec& spec) const;
  // Over the phase's rows. [feature_dim]
  [[nodiscard]] std::vector<float> mean_feature(const Phase& phase) const;

 private:
  [[nodiscard]] ClassStatistics unscaled_statistics(const Phase& phase) const;

  const Dataset& dataset_;
  const FitOptions& options_;
  Communicator& group_;
  FeatureMap feature_map_;
  PreparedData prepared_;
  std::optional<ClassStatistics> statistics_;
};

// The spaces' embeddings as the network takes them. Throws Error{kShapeMismatch} naming a space
// that the table lacks.
[[nodiscard]] std::vector<MatrixView<const float>> network_inputs(const ClassTable& classes,
                                                                  const NetworkSpec& spec);

}  // namespace dem
