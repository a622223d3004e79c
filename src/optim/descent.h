// What the minimisers of a function of all weights have in common.
#pragma once

#include <functional>
#include <span>

#include "dem/base/types.h"

namespace dem {

// The value of a smooth function at x [n]; fills gradient [n].
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct DescentReport {
  Index iterations = 0;
  Index evaluations = 0;  // of the objective
  double value = 0.0;
  double gradient_norm = 0.0;
  bool converged = false;
  bool flat = false;
  bool stopped = false;  // by on_iteration or should_stop
};

// Sees the state after each iteration; true stops. May be empty.
using OnIteration = std::function<bool(const DescentReport&)>;
// Asked after each evaluation of the objective; true stops. May be empty.
using ShouldStop = std::function<bool()>;

}  // namespace dem
