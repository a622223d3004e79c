// The model folder of a training run under way.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dem/optim/training_state.h"
#include "dem/pipeline/fit.h"

namespace dem {

// Writes the folder's files. With an empty output folder it writes nothing.
class FitOutput {
 public:
  explicit FitOutput(const FitOptions& options);
  // Removes folders that open() made and that nothing was written to.
  ~FitOutput();
  FitOutput(const FitOutput&) = delete;
  FitOutput& operator=(const FitOutput&) = delete;

  // Whether the folder can be made and written to, of which nothing stays; for fits that write only
  // when they have learned. Throws Error{kIo}.
  void check() const;
  // Before the first file is written: makes the folder where it is missing, and removes a
  // summary.json of a run that ended there, and a state that the solver will not replace; a recipe
  // that learns at once and an ensemble leave these to finish(). Throws Error{kIo}.
  void open();
  [[nodiscard]] bool is_open() const { return is_open_; }

  [[nodiscard]] std::string file(const char* name) const;  // "" without a folder
  // Whether save_seconds have passed since the last save().
  [[nodiscard]] bool is_due() const;
  // Writes last.safetensors, and model.safetensors and train.ckpt of the model so far.
  void save(const TrainingState& state,
            const Network& network,
            const std::function<Model()>& model);
  // Writes the model itself, and summary.json where the run is finished. At no moment an earlier
  // run's summary.json is beside the new model; where the model cannot be written it stays.
  void finish(const FitResult& result);

 private:
  // Whether the model is all that the folder gets: of what learns at once, and of an ensemble.
  [[nodiscard]] bool writes_at_end() const;
  void remove_steps() const;
  void finish_at_once(const FitResult& result) const;

  const FitOptions& options_;
  bool is_open_ = false;
  std::vector<std::filesystem::path> made_;  // folders that open() made, outermost first
  std::chrono::steady_clock::time_point last_save_;
};

}  // namespace dem
