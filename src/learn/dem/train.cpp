// train(): the loop over batches with the step of DEM's networks.
#include "dem/learn/trainer.h"
#include "learn/check_training_set.h"
#include "learn/dem/train_step.h"
#include "learn/loop.h"

namespace dem {

TrainSummary train(Network& network,
                   const TrainingSet& data,
                   const Recipe& recipe,
                   std::uint64_t seed,
                   const TrainCallbacks& callbacks,
                   const TrainingState* resume) {
  check_together(network, data, recipe);
  TrainStep step(network, data, *recipe.network);
  return run_loop(network, step, data, recipe, seed, callbacks, resume);
}

}  // namespace dem
