// From a dataset and a recipe to a model, in memory and in a model folder.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/eval/scores.h"
#include "dem/learn/recipe.h"
#include "dem/learn/statistics_solver.h"
#include "dem/learn/trainer.h"
#include "dem/model/model.h"
#include "dem/pipeline/statistics.h"

namespace dem {

// What finds the weights.
enum class Solver {
  kMinibatch,   // the recipe's batches, by train()
  kStatistics,  // all images at once through class statistics, by train_from_statistics()
};
[[nodiscard]] std::string_view to_string(Solver solver) noexcept;  // "minibatch", "statistics"
[[nodiscard]] Solver solver_from_string(std::string_view name);

struct FitOptions {
  Recipe recipe;
  Solver solver = Solver::kMinibatch;
  SolverOptions statistics;  // of Solver::kStatistics
  // Of Solver::kStatistics and Selection::kLast: train on these images instead of the dataset's own
  // training rows, of which it then needs none (dataset_without_images()); its class table says
  // what the classes are. Null: the dataset's. Outlives the call.
  const SavedStatistics* saved_statistics = nullptr;
  std::uint64_t seed = 1000;
  // Weights to start from, a .ckpt or .safetensors file; empty: drawn as the recipe says.
  std::string init_file;
  // Model folder to write; empty: nothing is written.
  std::string output;
  // Go on from output/last.safetensors, which Solver::kStatistics does not write. Throws
  // Error{kInvalidArgument} where that run had another recipe, seed or dataset; only the number of
  // epochs or steps may differ. Not with an init_file.
  bool resume = false;
  // Steps between two lines of output/log.jsonl.
  Index interval_step = 500;
  // Least seconds between two savings of the state while training goes on.
  double save_seconds = 5.0;
  // Several processes, each with its shard of the dataset (DatasetOptions::shard); null: this one
  // alone. The recipe's batch size counts the images of all ranks.
  Communicator* group = nullptr;
  Exchange exchange = Exchange::kAuto;
  // Writes auto_parallel-<epoch>_<step>.ckpt, too, as the reference's distributed training does: at
  // the ends of epochs at least interval_step steps apart and at the end, the newest five.
  bool distributed_checkpoints = false;

  // Throws Error{kInvalidArgument} naming the field, what was expected and the value.
  void validate() const;
};

// Which of a fit's training runs is under way.
enum class FitPhase {
  kSelect,  // --select val: on some of the seen classes, to find how long to train
  kTrain,   // the run whose weights become the model
};

// How long a training run is.
struct PhaseReport {
  Index first_step;  // steps done before, by the run that is resumed
  Index total_steps;
  Index steps_per_epoch;
};

struct FitCallbacks {
  // Once all that a training run needs has been read and checked, before its first step.
  std::function<void(FitPhase, const PhaseReport&)> on_phase;
  std::function<void(FitPhase, const StepReport&)> on_step;
  // `accuracy` is the one that selection goes by where the recipe selects (held-out seen classes
  // for kValidation), else the reference's: unseen test images among unseen classes, which is
  // watched and never used.
  std::function<void(FitPhase, const EpochReport&)> on_epoch;
  std::function<bool()> should_stop;  // true: save the state and stop
};

struct FitResult {
  Model model;           // where should_stop stopped it, that of the moment
  TrainSummary summary;  // of the last run that ran
};

// Trains on a dataset, which stays as it is. Features are mapped as the recipe says: fitted on all
// training rows for the model, and for the run before it that selects by validation on that run's
// own; where the map is not the identity, the training rows are held a second time. Where `output`
// is set the folder holds, from the first step on, at least every save_seconds and at the end:
// model.safetensors, train.ckpt, last.safetensors, log.jsonl; at the end also summary.json. In a
// group every rank calls it with the same options, all get the same result, rank 0 alone reads
// init_file and the saved state and writes files. Nothing is made or touched before all has been
// read and checked; later errors leave the files as they last were.
FitResult fit(const Dataset& dataset,
              const FitOptions& options,
              const FitCallbacks& callbacks = {});

// Evaluates the model's maps on the dataset's own class table; scales and offsets go to the classes
// of the same names. Throws Error{kShapeMismatch} where widths differ, Error{kInvalidArgument} for
// another metric than the model's where it has scales or offsets. In a group each rank sees to the
// images that it holds, and all return the same.
[[nodiscard]] EvaluationResult evaluate_model(const Model& model,
                                              const Dataset& dataset,
                                              Metric metric,
                                              Communicator& group = self_communicator());

// The file that holds the model in `path`: a model folder's model.safetensors or train.ckpt, or the
// file itself. Throws Error{kIo} saying what was looked for.
[[nodiscard]] std::string find_model_file(const std::string& path);

// Whether a file is a whole model, which load_model reads, and not bare weights. Throws as
// inspect_file does.
[[nodiscard]] bool holds_model(const std::string& path);

// Makes the folder where there is none and writes model.safetensors there, and train.ckpt where the
// class map is a network, each whole or not at all. Throws Error{kIo}.
void save_model_folder(const Model& model, const std::string& folder);

// A model of the dataset's classes from bare weights (any file that load_weights reads). `recipe`
// and the dataset give network, metric and rounding; the hidden width comes from the file. The
// feature map is that of a model.safetensors in the same folder where it has the same weights;
// otherwise there is none, and a warning in the log where the folder or the file says that the
// weights were trained with one.
[[nodiscard]] Model model_from_weights(const std::string& path,
                                       const Dataset& dataset,
                                       const Recipe& recipe);

}  // namespace dem
