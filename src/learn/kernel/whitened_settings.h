// What recipe whitened is computed with.
#pragma once

#include "dem/model/comparison.h"
#include "learn/kernel/kernel_spec.h"

namespace dem {

// The defaults are taken where there is nothing to choose by.
struct WhitenedSettings {
  KernelSpec kernel = KernelKind::kLinear;
  double lambda = 0.1;                  // ridge of the regression
  double shrinkage = 0.6;               // of the covariance within classes, to a sphere
  Metric comparison = Metric::kCosine;  // or by distance
  double blend = 1.0;  // n0 of seen classes: the mean less n0 / (n0 + n_c) of its residual
};

}  // namespace dem
