#include "optim/adam.h"

#include <cmath>

#include "base/simd.h"

namespace dem {

AdamFactors adam_factors(const AdamOptions& options, Index step) {
  const double t = static_cast<double>(step);
  const double rate = options.learning_rate * std::sqrt(1.0 - std::pow(options.beta2, t)) /
                      (1.0 - std::pow(options.beta1, t));
  return {static_cast<float>(options.beta1),
          static_cast<float>(1.0 - options.beta1),
          static_cast<float>(options.beta2),
          static_cast<float>(1.0 - options.beta2),
          static_cast<float>(rate),
          static_cast<float>(options.epsilon)};
}

void adam_update(const AdamFactors& factors,
                 std::span<const float> gradient,
                 float scale,
                 float l2_penalty,
                 const AdamWindow& window) {
  vectorised([=]() DEM_KERNEL {
    const AdamFactors f = factors;
    const float* __restrict gradients = gradient.data();
    float* __restrict parameters = window.parameters.data();
    float* __restrict moments1 = window.moment1.data();
    float* __restrict moments2 = window.moment2.data();
    const std::size_t n = gradient.size();
    for (std::size_t i = 0; i < n; ++i) {
      const float g = scale * gradients[i] + l2_penalty * parameters[i];
      const float m = f.beta1 * moments1[i] + f.one_minus_beta1 * g;
      const float v = f.beta2 * moments2[i] + f.one_minus_beta2 * g * g;
      moments1[i] = m;
      moments2[i] = v;
      parameters[i] -= f.rate * m / (std::sqrt(v) + f.epsilon);
    }
  });
}

}  // namespace dem
