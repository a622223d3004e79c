// From a dataset and a recipe to a model, in memory and in a model folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/data/dataset.h"
#include "dem/learn/recipe.h"
#include "dem/learn/statistics_solver.h"
#include "dem/model/model.h"
#include "dem/pipeline/control.h"
#include "dem/pipeline/run_report.h"
#include "dem/pipeline/statistics.h"

namespace dem {

// What finds the weights.
enum class Solver {
  kMinibatch,   // the recipe's batches, by train()
  kStatistics,  // all images at once through class statistics, by train_from_statistics()
};
[[nodiscard]] std::string_view to_string(Solver solver) noexcept;  // "minibatch", "statistics"
[[nodiscard]] Solver solver_from_string(std::string_view name);

// A member of an ensemble.
struct MemberRun {
  Recipe recipe;
  std::uint64_t seed = 1000;
};

struct FitOptions {
  Recipe recipe;
  Solver solver = Solver::kMinibatch;
  SolverOptions statistics;  // of Solver::kStatistics
  // Of Solver::kStatistics and Selection::kLast: train on these images instead of the dataset's own
  // training rows, of which it then needs none (dataset_without_images()); its class table says
  // what the classes are. Null: the dataset's. Outlives the call.
  const SavedStatistics* saved_statistics = nullptr;
  std::uint64_t seed = 1000;
  // Not empty: an ensemble of these, all of them recipes that learn at once or all in steps. Each
  // is fitted by itself; their scores, divided by their temperatures, and their mean are one model
  // (dem/model/ensemble.h). Gamma is chosen for the whole where a member's is to be chosen, on
  // folds dealt by `seed`. `recipe` is then the first one's.
  //
  //   options.members = {{recipe, 1000}, {recipe, 1001}, {recipe, 1002}};
  std::vector<MemberRun> members = {};
  // Weights to start from, a .ckpt, .safetensors or .pt file; empty: drawn as the recipe says.
  std::string init_file;
  // Model folder to write; empty: nothing is written.
  std::string output;
  // Go on from output/last.safetensors, which Solver::kStatistics does not write. Throws
  // Error{kInvalidArgument} where that run had another recipe, seed or dataset; only the number of
  // epochs or steps may differ. Not with an init_file.
  bool resume = false;
  // Of Selection::kValidation of a network: what a selection came to before, in place of its runs.
  std::optional<SelectionOutcome> selected;
  // What a grid came to, whose best point `recipe` is; the report tells it. Empty: there was none.
  std::vector<JudgedPoint> grid;
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

struct FitResult {
  Model model;  // where should_stop stopped it, that of the moment
  RunReport report;
  // Of an ensemble that was stopped, whose model and report are then those of the member under way:
  // how many were finished before it.
  Index num_finished_members = 0;
};

// Trains on a dataset, which stays as it is. Features are mapped as the recipe says: fitted on all
// training rows for the model, and for the run before it that selects by validation on that run's
// own; where the map is not the identity, the training rows are held a second time. Where `output`
// is set the folder holds, from the first step on, at least every save_seconds and at the end:
// model.safetensors, train.ckpt, last.safetensors, log.jsonl; at the end also summary.json. The
// statistics solver, as what learns at once, writes nothing before its end, and nothing where it is
// stopped: the folder stays as it was. Of an ensemble whose members train in steps, each has such a
// folder, members/1 and so on; what the model folder itself had stays as it was until all are done;
// `resume` then goes on with the member that was stopped, and those after it. In a
// group every rank calls it with the same options, all get the same result, rank 0 alone reads
// init_file and the saved state and writes files. Nothing is made or touched before all has been
// read and checked; later errors leave the files as they last were.
FitResult fit(const Dataset& dataset,
              const FitOptions& options,
              const FitCallbacks& callbacks = {});

}  // namespace dem
