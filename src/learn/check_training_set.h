// Whether a network, a recipe and data fit together.
#pragma once

#include "dem/learn/trainer.h"

namespace dem {

// Throws Error{kShapeMismatch} or Error{kInvalidArgument} saying what does not fit.
void check_training_set(const Network& network,
                        const TrainingSet& data,
                        const NetworkRecipe& recipe);

// Throws Error{kInvalidArgument} where the recipe trains no network in steps.
void require_steps(const Recipe& recipe);

// The recipe and all that it goes with, for the ranks of data.group together: all throw alike.
void check_together(const Network& network, const TrainingSet& data, const Recipe& recipe);

// Whether the images alone fit together, for the ranks of `group`: labels, rows and shards. Throws
// as check_together, on all ranks alike.
void check_images(const TrainingSet& data, Communicator& group);

// Throws Error{kInvalidArgument} where the ranks do not together hold every training row once.
void check_shards(const TrainingSet& data, Communicator& group);

}  // namespace dem
