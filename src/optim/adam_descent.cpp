#include "optim/adam_descent.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace dem {
namespace {

class AdamDescent {
 public:
  AdamDescent(std::span<const double> x, const AdamDescentOptions& options)
      : options_(options),
        weights_(x.begin(), x.end()),
        moment1_(x.size()),
        moment2_(x.size()),
        rounded_(x.size()) {}

  void step(std::span<const double> gradient, std::span<double> x) {
    for (std::size_t i = 0; i < rounded_.size(); ++i) rounded_[i] = static_cast<float>(gradient[i]);
    adam_update(adam_factors(options_.adam, ++steps_),
                rounded_,
                1.0f,
                0.0f,
                {weights_, moment1_, moment2_});
    std::copy(weights_.begin(), weights_.end(), x.begin());
  }

 private:
  const AdamDescentOptions& options_;
  Index steps_ = 0;
  std::vector<float> weights_, moment1_, moment2_, rounded_;
};

double norm(std::span<const double> x) {
  return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
}

}  // namespace

DescentReport minimise_adam(const Objective& objective,
                            std::span<double> x,
                            const AdamDescentOptions& options,
                            const OnIteration& on_iteration) {
  DescentReport report;
  std::vector<double> here(x.begin(), x.end());
  std::vector<double> gradient(x.size());
  AdamDescent descent(x, options);
  report.value = objective(here, gradient);
  report.evaluations = 1;
  report.gradient_norm = norm(gradient);
  const double enough = options.tolerance * std::max(1.0, report.gradient_norm);
  report.converged = report.gradient_norm <= enough;
  double old_value = report.value;  // the smallest when flatness was last looked at
  while (std::isfinite(report.value) && !report.converged && !report.flat && !report.stopped &&
         report.iterations < options.max_iterations) {
    descent.step(gradient, here);
    const double value = objective(here, gradient);
    ++report.evaluations;
    ++report.iterations;
    if (!std::isfinite(value)) break;
    if (value < report.value) {
      report.value = value;
      report.gradient_norm = norm(gradient);
      report.converged = report.gradient_norm <= enough;
      std::copy(here.begin(), here.end(), x.begin());
    }
    if (report.iterations % options.flat_iterations == 0) {
      report.flat = old_value - report.value <= options.flatness * std::abs(old_value);
      old_value = report.value;
    }
    report.stopped = on_iteration && on_iteration(report);
  }
  return report;
}

}  // namespace dem
