// One fit as dem train makes it.
#pragma once

#include "dem/dem.h"
#include "train_options.h"
#include "train_reporter.h"

namespace dem::cli {

// What the reporter prints of a fit, and the interrupts that stop it.
[[nodiscard]] FitCallbacks fit_callbacks(TrainReporter& reporter);

// fit(), whose errors about statistics name their file.
[[nodiscard]] FitResult fit_naming_file(const Dataset& dataset,
                                        const TrainOptions& options,
                                        const FitCallbacks& callbacks);

// The scores of a model on data with test images of unseen classes. All ranks call it.
[[nodiscard]] EvaluationResult evaluate_trained(const Dataset& dataset, const Model& model);
// The same, which the run's summary.json then has.
[[nodiscard]] EvaluationResult evaluate_and_save(const Dataset& dataset,
                                                 FitResult& fitted,
                                                 const std::string& folder);

// Whether a run in batches into this folder was stopped half way and left its state. All ranks call
// it, and agree on what the root sees.
[[nodiscard]] bool has_saved_state(const FitOptions& options);

// On any of the processes, which agree on it.
[[nodiscard]] bool any_interrupted();

}  // namespace dem::cli
