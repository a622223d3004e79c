// dem train --grid: settings tried on held-out seen classes before the model is trained.
#pragma once

#include <optional>
#include <string>

#include "dem/dem.h"
#include "train_options.h"
#include "train_reporter.h"

namespace dem::cli {

// Judges options.points and puts the best one's recipe, and what its selection came to, into
// options.fit; prints them. Where it was stopped, the exit status.
[[nodiscard]] std::optional<int> choose_on_grid(TrainOptions& options,
                                                const Dataset& dataset,
                                                TrainReporter& reporter);

// The points as a table, the best with a star.
[[nodiscard]] std::string grid_text(const std::vector<JudgedPoint>& points);

// An object of JSON with its "grid": [{"fields", "mean", ...}] and the fields of the best point,
// "grid_best"; as it is without points.
[[nodiscard]] std::string with_grid(const std::string& json,
                                    const std::vector<JudgedPoint>& points);

}  // namespace dem::cli
