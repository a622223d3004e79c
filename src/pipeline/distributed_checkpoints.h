// auto_parallel-<epoch>_<step>.ckpt: what the reference's distributed training leaves behind.
#pragma once

#include <deque>
#include <string>

#include "dem/optim/training_state.h"
#include "dem/pipeline/fit.h"

namespace dem {

// As MindSpore's ModelCheckpoint in the reference's sink mode: at the ends of epochs at least
// interval_step steps apart, and where training ends; the newest five are kept.
class DistributedCheckpoints {
 public:
  // Writes into options.output.
  explicit DistributedCheckpoints(const FitOptions& options) : options_(options) {}

  // A run that is resumed after `step` steps counts the folder's checkpoints up to there as its
  // own; one that starts anew counts none, and removes none that it has not written. Throws
  // Error{kIo}.
  void open(Index step, Index steps_per_epoch);
  // Whether a checkpoint is due at the end of an epoch, after so many steps.
  [[nodiscard]] bool is_due(Index step) const {
    return !options_.output.empty() && step - last_step_ >= options_.interval_step;
  }
  // `last`: this is where training ends. Throws Error{kIo}.
  void add(const TrainingState& state, const Network& network, bool last);

 private:
  const FitOptions& options_;
  Index steps_per_epoch_ = 1;
  Index last_step_ = 0;            // of the newest checkpoint
  std::deque<std::string> files_;  // oldest first
};

}  // namespace dem
