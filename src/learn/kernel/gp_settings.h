// What recipe gp is computed with.
#pragma once

#include "learn/kernel/kernel_spec.h"

namespace dem {

// The defaults are taken where there is nothing to choose by.
struct GpSettings {
  KernelSpec kernel = KernelKind::kLinear;
  double explained = 0.9;       // a: the part of class variance that descriptions explain
  double shrinkage = 0.6;       // of the covariance within classes, to a sphere
  bool log_determinant = true;  // whether scores have the logarithm of the variances

  bool operator==(const GpSettings&) const = default;
};

}  // namespace dem
