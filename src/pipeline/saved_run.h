// What a saved training state says of the run that it belongs to.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dem/optim/training_state.h"
#include "dem/pipeline/fit.h"
#include "pipeline/fold_history.h"

namespace dem {

// How far the selection of a run is.
struct SelectionProgress {
  std::vector<FoldHistory> runs;             // that have begun; the last may be under way
  std::optional<SelectionOutcome> selected;  // once all have ended
};

// What a state needs beside itself to be resumed, and to be refused by another run. Notes of a
// group of ranks say how many there were.
[[nodiscard]] std::map<std::string, std::string> run_notes(const FitOptions& options,
                                                           const Dataset& dataset,
                                                           FitPhase phase,
                                                           const SelectionProgress& selection);

struct SavedRun {
  TrainingState state;
  FitPhase phase = FitPhase::kTrain;
  SelectionProgress selection;
  int ranks = 1;  // that the run had when the state was saved
};

// Reads the state to go on from. Throws Error{kInvalidArgument} naming file and fact where it
// belongs to a run with another recipe, seed, dataset or dealing of the class descriptions (only
// the number of epochs or steps may differ), and as load_training_state does.
[[nodiscard]] SavedRun load_saved_run(const std::string& path,
                                      const FitOptions& options,
                                      const Dataset& dataset);

}  // namespace dem
