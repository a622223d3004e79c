// One gradient checker for every loss: central differences in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <vector>

namespace dem::test {

using ScalarFunction = std::function<double(std::span<const double>)>;

// (f(x + h e_i) - f(x - h e_i)) / 2h for every i. Error: h^2 / 6 times the third derivative, plus
// the rounding of f, 2^-53 |f| / h; h = 1e-5 keeps both below 1e-10 where f and its derivatives are
// of the order of 1.
inline std::vector<double> numeric_gradient(const ScalarFunction& function,
                                            std::vector<double> x,
                                            double h = 1e-5) {
  std::vector<double> gradient(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double kept = x[i];
    x[i] = kept + h;
    const double above = function(x);
    x[i] = kept - h;
    const double below = function(x);
    x[i] = kept;
    gradient[i] = (above - below) / (2.0 * h);
  }
  return gradient;
}

// Largest deviation of a claimed gradient from the numeric one, as a fraction of the latter's
// largest element.
inline double gradient_error(const ScalarFunction& function,
                             const std::vector<double>& x,
                             std::span<const double> claimed) {
  const std::vector<double> numeric = numeric_gradient(function, x);
  double scale = 0.0;
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    scale = std::max(scale, std::abs(numeric[i]));
    worst = std::max(worst, std::abs(numeric[i] - claimed[i]));
  }
  return scale > 0.0 ? worst / scale : worst;
}

}  // namespace dem::test
