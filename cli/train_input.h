// What a training run learns from, with all that must hold before it begins.
#pragma once

#include "dem/dem.h"
#include "train_options.h"

namespace dem::cli {

// Loads the data, or the classes of --stats, and fills in options.fit. `saved` outlives it. Throws
// Error for options that do not go together.
[[nodiscard]] Dataset load_training_data(TrainOptions& options, SavedStatistics& saved);

}  // namespace dem::cli
