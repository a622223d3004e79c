// What kernel prototypes are computed with.
#pragma once

#include "dem/model/kernel_map.h"

namespace dem {

// The defaults are the fallback of the selection: it leaves them only for a clear gain.
struct KernelSettings {
  KernelKind kernel = KernelKind::kLinear;
  double lambda = 0.1;        // ridge of the regression
  double shrinkage = 0.6;     // of the covariance within classes, to a sphere
  double kappa = 0.0;         // weight of the residual covariance in the metric
  double hub = 0.0;           // weight of the hub term
  double hub_fraction = 0.1;  // of the seen classes, the nearest that count for it
  // Prototypes of seen classes: the mean less n0 / (n0 + n_c) of its residual, n0 = blend; below 0
  // by the residual covariance, as the Bayes estimate is.
  double blend = 1.0;
  double gaussian = 0.0;  // weight of the predictive Gaussian
  double strength = 0.5;  // of predictive variances
  double exponent = 1.0;  // of how they grow with the distance from the seen descriptions
  double gamma = 0.0;     // taken off the scores of seen classes
};

}  // namespace dem
