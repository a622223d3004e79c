// What a saved training state says of the run that it belongs to.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "dem/optim/training_state.h"
#include "dem/pipeline/fit.h"

namespace dem {

// How long a selection phase says to train, the accuracy that said so, and the temperature that
// suits its held-out images (0: none).
struct SelectedLength {
  Index steps = 0;
  double accuracy = 0.0;
  float temperature = 0.0f;
};

// What a state needs beside itself to be resumed, and to be refused by another run.
//   selected  empty before a selection phase has ended
// Notes of a group of ranks say how many there were.
[[nodiscard]] std::map<std::string, std::string> run_notes(
    const FitOptions& options,
    const Dataset& dataset,
    FitPhase phase,
    const std::optional<SelectedLength>& selected);

struct SavedRun {
  TrainingState state;
  FitPhase phase = FitPhase::kTrain;
  std::optional<SelectedLength> selected;
  int ranks = 1;  // that the run had when the state was saved
};

// Reads the state to go on from. Throws Error{kInvalidArgument} naming file and fact where it
// belongs to a run with another recipe, seed, dataset or dealing of the class descriptions (only
// the number of epochs or steps may differ), and as load_training_state does.
[[nodiscard]] SavedRun load_saved_run(const std::string& path,
                                      const FitOptions& options,
                                      const Dataset& dataset);

}  // namespace dem
