// Watching a fit and stopping it.
#pragma once

#include <functional>

#include "dem/learn/trainer.h"

namespace dem {

// Which of a fit's training runs is under way.
enum class FitPhase {
  kSelect,  // Selection::kValidation: on some of the seen classes, once a fold, to find how long
  kTrain,   // the run whose weights become the model
};

// How long a training run is.
struct PhaseReport {
  Index first_step;  // steps done before, by the run that is resumed
  Index total_steps;
  Index steps_per_epoch;
  Index fold = 0;  // kSelect: 1 .. num_folds
  Index num_folds = 0;
  Index later_steps = 0;  // of the training runs that follow, at most
};

// All may be empty. A recipe that learns at once calls on_write alone.
struct FitCallbacks {
  // Before the first file is made or changed by a fit that writes at its end (what learns at once,
  // the statistics solver), on every rank before any of them writes. What ends the process between
  // this and the return of fit() may leave temporary files.
  std::function<void()> on_write;
  // Once all that a training run needs has been read and checked, before its first step.
  std::function<void(FitPhase, const PhaseReport&)> on_phase;
  std::function<void(FitPhase, const StepReport&)> on_step;
  // `accuracy` is what selection goes by where the recipe selects (Recipe::selection_by on held-out
  // seen classes for kValidation), else the reference's: unseen test images among unseen classes,
  // which is watched and never used.
  std::function<void(FitPhase, const EpochReport&)> on_epoch;
  std::function<bool()> should_stop;  // true: save the state and stop
};

}  // namespace dem
