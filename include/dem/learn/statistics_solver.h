// Training from class statistics: a step's cost does not grow with the number of images.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "dem/learn/class_statistics.h"
#include "dem/learn/recipe.h"

namespace dem {

enum class SolverMethod {
  // By curvature, in double precision, from the best output layer for the given hidden layer.
  kLbfgs,
  kAdam,  // the recipe's Adam with the whole gradient at every step, without clipping
};
[[nodiscard]] std::string_view to_string(SolverMethod method) noexcept;  // "lbfgs", "adam"
[[nodiscard]] SolverMethod solver_method_from_string(std::string_view name);

struct SolverOptions {
  SolverMethod method = SolverMethod::kLbfgs;
  // Converged where the gradient's norm is at most tolerance * max(1, its norm at the start).
  double tolerance = 1e-5;
  Index max_iterations = 2000;
  // Stops after so many seconds, at the best point so far: asked after each evaluation of the
  // objective, so that the one under way and the start come on top. 0: no such bound. Where it
  // ends a descent the result depends on the machine.
  double max_seconds = 120.0;
  // Ranks that solve together: all take rank 0's values of the objective, so that they stay in step
  // on different processors. Null: this process alone.
  Communicator* group = nullptr;
  // Asked after each evaluation of the objective, on every rank; true on one of them stops all.
  std::function<bool()> should_stop = {};

  // Throws Error{kInvalidArgument} naming the field.
  void validate() const;
};

struct SolverReport {
  Index iterations = 0;
  Index evaluations = 0;            // of the objective with its gradient, in the descent
  double objective = 0.0;           // penalty counted in
  double mean_squared_error = 0.0;  // of all images
  double gradient_norm = 0.0;
  bool converged = false;  // by the gradient
  // By the value: it went down by less than 1e-6 of itself in 20 iterations (Adam: 1e-10 in 200),
  // or no more at all. A network of ReLUs has minima at kinks, where the gradient does not vanish.
  bool flat = false;
  bool stopped = false;      // by should_stop or on_iteration
  bool out_of_time = false;  // by max_seconds
  double seconds = 0.0;

  // "converged", "flat", "max_iterations", "max_seconds", "stopped".
  [[nodiscard]] std::string_view end() const noexcept;
};

// Minimises the recipe's objective over all images at once (its batch size, clipping and schedule
// do not matter, nor but for kAdam its learning rate) from the weights that `network` holds, and
// leaves it with the weights rounded to float32. `class_embeddings` as in TrainingSet; on_iteration
// (may be empty) finds them there after each iteration, and returns true to stop. Throws
// Error{kInvalidArgument} and Error{kShapeMismatch} for parts that do not fit, Error{kNumerical}
// where the objective is not finite at the start.
SolverReport solve_statistics(Network& network,
                              std::span<const MatrixView<const float>> class_embeddings,
                              const ClassStatistics& statistics,
                              const NetworkRecipe& recipe,
                              const SolverOptions& options,
                              const std::function<bool(const SolverReport&)>& on_iteration = {});

// As train(), by the solver: an iteration counts as a step and as an epoch, recipe.max_steps bounds
// them where it is set, and every evaluation_interval iterations (0: ten) and at the end there is
// an evaluation, which selects as the recipe says. Calls all callbacks but on_state: a run is not
// saved on its way. The log says what bounds it and what ended it. The summary's last_loss is the
// objective. In options.group every rank calls it with the same statistics and starts from the
// root's weights.
TrainSummary train_from_statistics(Network& network,
                                   std::span<const MatrixView<const float>> class_embeddings,
                                   const ClassStatistics& statistics,
                                   const Recipe& recipe,
                                   const SolverOptions& options,
                                   const TrainCallbacks& callbacks);

}  // namespace dem
