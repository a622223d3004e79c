// The Adam optimiser in TensorFlow's form (Kingma and Ba, 2015, the remark before section 2.1).
#pragma once

#include <span>

#include "dem/base/types.h"

namespace dem {

struct AdamOptions {
  double learning_rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

// What the update of one step multiplies with, in the precision of the update.
struct AdamFactors {
  float beta1, one_minus_beta1;
  float beta2, one_minus_beta2;
  float rate;  // learning_rate * sqrt(1 - beta2^t) / (1 - beta1^t)
  float epsilon;
};

// Factors of step t, 1-based.
[[nodiscard]] AdamFactors adam_factors(const AdamOptions& options, Index step);

// Windows on the same range of three buffers.
struct AdamWindow {
  std::span<float> parameters;
  std::span<float> moment1;
  std::span<float> moment2;
};

// The data gradient comes scaled (clipping), the penalty's is added to it:
//   g = scale * gradient + l2_penalty * w
//   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2,   w -= rate * m / (sqrt(v) +
//   epsilon)
// gradient [n] and the window's spans [n] do not overlap.
void adam_update(const AdamFactors& factors,
                 std::span<const float> gradient,
                 float scale,
                 float l2_penalty,
                 const AdamWindow& window);

}  // namespace dem
