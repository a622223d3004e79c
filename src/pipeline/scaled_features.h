// A dataset's visual features, scaled in place for one training run after another.
#pragma once

#include <span>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"

namespace dem {

class ScaledFeatures {
 public:
  // Throws Error{kInvalidArgument} where the features are scaled already.
  ScaledFeatures(Dataset& dataset, ScalingKind kind, Communicator& group);

  // Scales the features as loaded by what `rows` of the dataset say, those of all ranks. Where
  // another run on other rows follows, the features are kept as loaded too, which takes their
  // memory twice, unless the kind fits nothing.
  void fit(std::span<const Index> rows, bool another_follows);

  // The features as loaded, where a scaling was fitted to them.
  void restore();
  // Scales features as loaded by a scaling that is known; as fit() for the rest.
  void use(FeatureScaling scaling, bool another_follows);

  [[nodiscard]] const FeatureScaling& scaling() const { return scaling_; }

 private:
  Dataset& dataset_;
  ScalingKind kind_;
  Communicator& group_;
  FeatureScaling scaling_;
  Matrix<float> loaded_;  // empty where it is not needed
};

}  // namespace dem
