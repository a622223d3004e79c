// Weights without classes: a checkpoint without the data that it was trained on.
#pragma once

#include "dem/model/comparison.h"
#include "dem/model/model.h"

namespace dem {

// It can be exported as a network, and becomes a Model once there are classes.
struct BareWeights {
  NetworkMap map;
  Metric metric = Metric::kEuclidean;  // that the recipe compares by
  Provenance provenance;
};

}  // namespace dem
