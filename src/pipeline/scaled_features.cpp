#include "pipeline/scaled_features.h"

#include <utility>

#include "dem/base/error.h"

namespace dem {

ScaledFeatures::ScaledFeatures(Dataset& dataset, ScalingKind kind)
    : dataset_(dataset), kind_(kind) {
  if (dataset.features_scaled) {
    throw Error(ErrorKind::kInvalidArgument, "fit: expected features as loaded, got scaled ones");
  }
}

void ScaledFeatures::fit(std::span<const Index> rows, bool another_follows) {
  if (!loaded_.empty()) {
    dataset_.visual_features = std::exchange(loaded_, {});
  } else if (dataset_.features_scaled) {
    return;  // a kind that fits nothing: any rows give the same
  }
  scaling_ = FeatureScaling::fit(kind_, dataset_.visual_features, rows);
  const bool is_fitted = !scaling_.shift.empty();
  if (another_follows && is_fitted) loaded_ = dataset_.visual_features.clone();
  scaling_.apply(dataset_.visual_features);
  dataset_.features_scaled = true;
}

}  // namespace dem
