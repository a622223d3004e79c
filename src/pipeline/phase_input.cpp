#include "pipeline/phase_input.h"

namespace dem {
namespace {

std::vector<float> mean_of(const PreparedData& prepared,
                           std::span<const Index> rows,
                           Communicator& group) {
  const MatrixView<const float> features = prepared.features();
  std::vector<double> sums(static_cast<std::size_t>(features.cols()));
  for (const Index row : rows) {
    const Index held = prepared.feature_rows().empty()
                           ? row
                           : prepared.feature_rows()[static_cast<std::size_t>(row)];
    if (held < 0) continue;
    const std::span<const float> feature = features.row(held);
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += double{feature[j]};
  }
  group.sum(std::span(sums));
  std::vector<float> mean(sums.size());
  for (std::size_t j = 0; j < sums.size(); ++j) {
    mean[j] = static_cast<float>(sums[j] / static_cast<double>(rows.size()));
  }
  return mean;
}

}  // namespace

std::vector<MatrixView<const float>> network_inputs(const ClassTable& classes,
                                                    const NetworkSpec& spec) {
  std::vector<MatrixView<const float>> inputs;
  for (const NetworkInput& input : spec.inputs) {
    inputs.push_back(classes.space(input.space).view());
  }
  return inputs;
}

void PhaseInput::take_images(const Phase& phase) {
  prepared_ = {};
  statistics_.reset();
  const auto fit_on = [&](std::span<const Index> held) {
    return FeatureScaling::fit(
        options_.recipe.feature_scaling, dataset_.visual_features, held, group_);
  };
  feature_map_ =
      FeatureMap(dataset_.is_sharded() ? fit_on(dataset_.held(phase.rows)) : fit_on(phase.rows));
  prepared_ = PreparedData(dataset_, phase.rows, feature_map_);
}

// Scales the images' statistics rather than the images, so that it is the same whether these are
// here or not. l2 goes by single images.
void PhaseInput::take_statistics(const Phase& phase) {
  prepared_ = {};
  statistics_.reset();
  const ScalingKind kind = options_.recipe.feature_scaling;
  const bool by_image = kind == ScalingKind::kL2;
  feature_map_ = by_image ? FeatureMap(FeatureScaling{kind, {}, {}}) : FeatureMap();
  prepared_ = PreparedData(dataset_, phase.rows, feature_map_);
  statistics_ = unscaled_statistics(phase);
  if (by_image) return;
  const FeatureScaling scaling = statistics_->fit_scaling(kind);
  statistics_->scale(scaling);
  feature_map_ = FeatureMap(scaling);
}

ClassStatistics PhaseInput::unscaled_statistics(const Phase& phase) const {
  if (options_.saved_statistics != nullptr) {
    return statistics_of(*options_.saved_statistics, dataset_);
  }
  return gather_statistics(
      images(phase, phase.recipe.network->network_spec(dataset_.classes, dataset_.feature_dim())));
}

TrainingSet PhaseInput::images(const Phase& phase, const NetworkSpec& spec) const {
  return {prepared_.features(),
          dataset_.labels,
          phase.rows,
          network_inputs(dataset_.classes, spec),
          &group_,
          prepared_.feature_rows(),
          options_.exchange};
}

std::vector<float> PhaseInput::mean_feature(const Phase& phase) const {
  return statistics_ ? statistics_->mean_feature() : mean_of(prepared_, phase.rows, group_);
}

}  // namespace dem
