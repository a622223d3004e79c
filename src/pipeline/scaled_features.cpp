#include "pipeline/scaled_features.h"

#include <utility>

#include "dem/base/error.h"

namespace dem {

ScaledFeatures::ScaledFeatures(Dataset& dataset, ScalingKind kind, Communicator& group)
    : dataset_(dataset), kind_(kind), group_(group) {
  if (dataset.features_scaled) {
    throw Error(ErrorKind::kInvalidArgument, "fit: expected features as loaded, got scaled ones");
  }
}

void ScaledFeatures::restore() {
  if (loaded_.empty()) return;
  dataset_.visual_features = std::exchange(loaded_, {});
  dataset_.features_scaled = false;
}

void ScaledFeatures::fit(std::span<const Index> rows, bool another_follows) {
  restore();
  if (dataset_.features_scaled) return;
  const auto fit_on = [&](std::span<const Index> held) {
    return FeatureScaling::fit(kind_, dataset_.visual_features, held, group_);
  };
  use(dataset_.is_sharded() ? fit_on(dataset_.held(rows)) : fit_on(rows), another_follows);
}

void ScaledFeatures::use(FeatureScaling scaling, bool another_follows) {
  if (dataset_.features_scaled) return;  // a kind that fits nothing: any rows give the same
  scaling_ = std::move(scaling);
  const bool is_fitted = !scaling_.shift.empty();
  if (another_follows && is_fitted) loaded_ = dataset_.visual_features.clone();
  scaling_.apply(dataset_.visual_features);
  dataset_.features_scaled = true;
}

}  // namespace dem
