// Epochs of batches: their order, evaluation, selection, stopping, saving and resuming. Knows
// nothing of what a step does.
#pragma once

#include <cstdint>

#include "dem/learn/trainer.h"
#include "learn/step.h"

namespace dem {

// train() by `step`, whose parameters are the network's; recipe, data and network are valid and fit
// together (check_training_set).
TrainSummary run_loop(Network& network,
                      Step& step,
                      const TrainingSet& data,
                      const Recipe& recipe,
                      std::uint64_t seed,
                      const TrainCallbacks& callbacks,
                      const TrainingState* resume);

}  // namespace dem
