// Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, 2nd ed., 2006, algorithm 7.5)
// with a line search for the strong Wolfe conditions (algorithms 3.5 and 3.6).
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "dem/base/types.h"

namespace dem {

struct LbfgsOptions {
  // Converged: |gradient| <= tolerance * max(1, |gradient at the start|), Euclidean norms.
  double tolerance = 1e-5;
  // Flat: the value has gone down by less than this part of it in the last flat_iterations.
  // Networks with ReLUs have minima at kinks, where the gradient does not vanish.
  double flatness = 1e-10;
  Index flat_iterations = 20;
  Index max_iterations = 1000;
  Index history = 10;  // pairs kept
};

struct LbfgsReport {
  Index iterations = 0;
  Index evaluations = 0;  // of the objective
  double value = 0.0;
  double gradient_norm = 0.0;
  bool converged = false;
  bool flat = false;
  bool stopped = false;  // by on_iteration
};

// The value of a smooth function at x [n]; fills gradient [n].
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

// Minimises from x, and leaves the best point there. on_iteration sees the state after each
// iteration; true stops. Where no step along the direction goes down, or a value is not finite, the
// history is dropped once; then the search ends, not converged.
LbfgsReport minimise_lbfgs(const Objective& objective,
                           std::span<double> x,
                           const LbfgsOptions& options,
                           const std::function<bool(const LbfgsReport&)>& on_iteration);

}  // namespace dem
