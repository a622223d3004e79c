// Minibatch training of DEM's networks.
//
// The trainer sees training rows only. Whatever else the caller wants to know while it runs, an
// accuracy on held-out classes say, it computes itself in the on_evaluate callback: the loop cannot
// look at test data by accident.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/learn/recipe.h"
#include "dem/model/network.h"
#include "dem/optim/training_state.h"

namespace dem {

// What the ranks of a group tell each other in a step. Either gives the gradient of the whole
// batch.
enum class Exchange {
  kAuto,       // whichever makes a step cheaper, mostly by fewer numbers; the log says which
  kGradients,  // every rank's gradient of all weights: as many numbers as the network has
  // The sums of f - x over each class of the batch, [R, feature_dim], R the number of its classes.
  // Every rank then computes the whole gradient, from R rows and not from images.
  kStatistics,
};

[[nodiscard]] std::string_view to_string(Exchange exchange) noexcept;
[[nodiscard]] Exchange exchange_from_string(std::string_view name);  // "auto", "gradients", ...

// Windows on data that outlive the training run.
struct TrainingSet {
  MatrixView<const float> visual_features;                // [held, feature_dim], scaled already
  std::span<const ClassId> labels;                        // [n]
  std::span<const Index> rows;                            // the rows to train on, in file order
  std::vector<MatrixView<const float>> class_embeddings;  // a [num_classes, dim] a network input
  // Several processes, each with some of the images and all the rest. A batch is that of one
  // process, recipe.batch_size images in all; each rank sees to those of them that it holds.
  Communicator* group = nullptr;          // null: this process alone
  std::span<const Index> feature_rows{};  // [n] row of visual_features, -1: another rank holds it;
                                          // empty: row i is row i
  Exchange exchange = Exchange::kAuto;
};

struct StepReport {
  Index epoch;          // 1-based
  Index step_in_epoch;  // 1-based
  Index step;           // 1-based, over the whole run
  double loss;          // of this step's batch, before its update
};

// What an evaluation says of the weights at hand.
struct Judgement {
  double accuracy = 0.0;  // or another fraction that selection goes by: more is better
  // Of equal accuracies the smaller distance is better, of images to what they should be near to;
  // empty, or equal too: the earlier evaluation.
  std::optional<double> distance = {};

  Judgement() = default;
  Judgement(double accuracy_found, std::optional<double> distance_found = {})
      : accuracy(accuracy_found), distance(distance_found) {}

  // Accuracies within 1e-12, the rounding of means, are equal.
  [[nodiscard]] bool is_better_than(const Judgement& other) const noexcept;
};

struct EpochReport {
  Index epoch;        // 1-based
  Index steps;        // steps of this epoch
  double mean_loss;   // over them
  double seconds;     // spent in steps of this process, evaluation left out
  Index timed_steps;  // how many those are: fewer than `steps` where the run was resumed within
  std::optional<double> accuracy;  // Judgement::accuracy of what on_evaluate returned
};

struct TrainCallbacks {
  // Once everything has been checked, before the first step: the state that the run starts from.
  std::function<void(const TrainingState&)> on_start;
  // After every step.
  std::function<void(const StepReport&)> on_step;
  // What selection goes by: after every epoch, or every evaluation_interval steps and,
  // where the recipe selects, also where the run ends. Without it selection kTest and kValidation
  // have nothing to select and the last epoch is taken.
  std::function<Judgement(const Network&)> on_evaluate;
  std::function<void(const EpochReport&)> on_epoch;
  // Between steps; true ends the run early with StopReason::kStopped.
  std::function<bool()> should_stop;
  // The state to save: where training ends or is stopped, and at the end of an epoch where
  // wants_state says so (always without it; handing a state out copies all arrays).
  std::function<void(const TrainingState&)> on_state;
  std::function<bool()> wants_state;
};

enum class StopReason {
  kFinished,
  kStopped,    // by should_stop
  kOutOfTime,  // SolverOptions::max_seconds: the end of the run, at the best point so far
};
[[nodiscard]] std::string_view to_string(StopReason reason) noexcept;  // "finished", "stopped", ...

struct TrainSummary {
  StopReason stop_reason = StopReason::kFinished;
  Index epochs = 0;  // finished, resumed ones counted in
  Index steps = 0;
  std::optional<double> last_loss;  // of the last step; empty where this call took none
  double seconds = 0.0;             // wall time of this call
  double step_seconds = 0.0;        // of it, spent in steps
  bool selected = false;     // false: the last weights were taken, true: the best evaluated ones
  Index selected_epoch = 0;  // epochs behind the weights that the network now holds
  Index selected_step = 0;   // steps behind them
  // The best that selection saw, whether it passed the threshold or not; empty where the recipe
  // takes the last weights.
  std::optional<double> best_accuracy;
  // Of a group: what a rank puts into a step's reductions, added up over the steps of this call.
  Index exchanged_bytes = 0;

  [[nodiscard]] bool finished() const { return stop_reason != StopReason::kStopped; }
  // Leaves out what is empty.
  [[nodiscard]] std::string to_json() const;
};

// Draws the network's parameters as the recipe has them: weights of layer l from stream l of
// (seed, "init"), row by row. `mean_feature` [feature_dim] is used by OutputBias::kMean.
void initialise(Network& network,
                const NetworkRecipe& recipe,
                std::span<const float> mean_feature,
                std::uint64_t seed);

// The order in which epoch `epoch` (0-based) visits n training rows: 0 .. n-1 shuffled by
// Fisher-Yates with the generator of docs/determinism.md, stream (seed, "shuffle", epoch).
[[nodiscard]] std::vector<Index> epoch_order(Index n, std::uint64_t seed, Index epoch);

// Trains `network` from the parameters that it holds, or from `resume` where given, and leaves in
// it the selected weights. In a group the weights and moments are the root's, `resume` has the same
// positions on every rank, all end with the same weights, and the callbacks run on every rank:
// on_evaluate returns the same everywhere, should_stop counts where one rank says so, wants_state
// where the root does. Throws Error{kInvalidArgument}, Error{kShapeMismatch}, and Error{kNumerical}
// naming epoch, step and layer where loss or gradient is not finite.
TrainSummary train(Network& network,
                   const TrainingSet& data,
                   const Recipe& recipe,
                   std::uint64_t seed,
                   const TrainCallbacks& callbacks,
                   const TrainingState* resume = nullptr);

}  // namespace dem
