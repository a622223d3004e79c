// Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, 2nd ed., 2006, algorithm 7.5)
// with a line search for the strong Wolfe conditions (algorithms 3.5 and 3.6).
#pragma once

#include <span>

#include "optim/descent.h"

namespace dem {

struct LbfgsOptions {
  // Converged: |gradient| <= tolerance * max(1, |gradient at the start|), Euclidean norms.
  double tolerance = 1e-5;
  // Flat: the value has gone down by less than this part of it in the last flat_iterations.
  // Networks with ReLUs have minima at kinks, where the gradient does not vanish.
  double flatness = 1e-6;
  Index flat_iterations = 20;
  Index max_iterations = 1000;
  Index history = 10;           // pairs kept
  ShouldStop should_stop = {};  // a search along a line may take many evaluations
};

// Minimises from x, and leaves the best point there. on_iteration sees the state after each
// iteration; true stops, as should_stop does. Where no step along the direction goes down, or a
// value is not finite, the history is dropped once; then the search ends, not converged.
DescentReport minimise_lbfgs(const Objective& objective,
                             std::span<double> x,
                             const LbfgsOptions& options,
                             const OnIteration& on_iteration);

}  // namespace dem
