// Adam with the whole gradient at every step, on a function of all weights.
#pragma once

#include "optim/adam.h"
#include "optim/descent.h"

namespace dem {

struct AdamDescentOptions {
  AdamOptions adam;
  // Converged: |gradient| <= tolerance * max(1, |gradient at the start|), Euclidean norms.
  double tolerance = 1e-5;
  // Flat: the smallest value has gone down by less than this part of it in flat_iterations.
  double flatness = 1e-10;
  Index flat_iterations = 200;
  Index max_iterations = 1000;
};

// Minimises from x, in float32 as batches do, and leaves there the best point that was evaluated;
// the report's value and gradient_norm are that point's. Ends, not converged, where a value is not
// finite.
DescentReport minimise_adam(const Objective& objective,
                            std::span<double> x,
                            const AdamDescentOptions& options,
                            const OnIteration& on_iteration);

}  // namespace dem
