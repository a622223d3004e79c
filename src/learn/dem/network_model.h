// From a trained network to the slots of a model.
#pragma once

#include "dem/learn/family.h"
#include "learn/dem/network_descent.h"
#include "learn/dem/visual_space.h"

namespace dem {

// `space` is one of `all`; the network learned there from all.inputs().
[[nodiscard]] Learned network_model(const ClosedFormProblem& problem,
                                    const NetworkFold& all,
                                    const VisualSpace& space,
                                    const SolvedNetwork& network,
                                    Metric comparison);

}  // namespace dem
