// All that a stopped training run needs to go on bit for bit.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

// Positions count what is done: after the third step of the first epoch epoch = 0, step_in_epoch =
// 3, step = 3. The order of an epoch's rows is a function of (seed, epoch), so no generator state
// is kept beside them.
struct TrainingState {
  std::uint64_t seed = 0;
  Index epoch = 0;                // finished epochs
  Index step_in_epoch = 0;        // finished steps of the epoch under way
  Index step = 0;                 // finished steps in all
  double epoch_loss_sum = 0.0;    // of the epoch under way, over its finished steps
  std::vector<float> parameters;  // laid out as Network::parameters()
  std::vector<float> moment1;     // Adam's first moment, same layout
  std::vector<float> moment2;     // Adam's second moment, same layout
  // The best evaluated weights so far; empty where none passed the threshold.
  std::vector<float> best_parameters;
  // The best accuracy that selection has seen, whether it passed or not; -1 before the first.
  double best_accuracy = -1.0;
  std::optional<double> best_distance = {};  // the one beside it, where evaluations have one
  Index best_epoch = 0;  // epochs finished when the best was kept, the one under way counted in
  Index best_step = 0;   // steps finished when the best was kept
  // Owner's notes that travel with the state (phase of a validation run, recipe, fingerprint).
  std::map<std::string, std::string> notes;
};

}  // namespace dem
