#include "dem/learn/statistics_solver.h"

#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "learn/dem/statistics_objective.h"
#include "optim/adam_descent.h"
#include "optim/lbfgs.h"

namespace dem {
namespace {

void require_same_size(Index expected, Index got, const char* what) {
  if (expected == got) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat("statistics solver: ", what, ": expected ", expected, ", got ", got));
}

void check(const Network& network,
           std::span<const MatrixView<const float>> class_embeddings,
           const ClassStatistics& statistics,
           const NetworkRecipe& recipe) {
  recipe.validate();
  if (recipe.precision != Precision::kFloat32) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("statistics solver: precision ",
                       to_string(recipe.precision),
                       " is of batches; expected float32"));
  }
  const NetworkSpec& spec = network.spec();
  require_same_size(recipe.num_layers(), network.num_layers(), "layers of the network");
  require_same_size(static_cast<Index>(spec.inputs.size()),
                    static_cast<Index>(class_embeddings.size()),
                    "semantic spaces");
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    require_same_size(
        spec.inputs[i].dim, class_embeddings[i].cols(), "width of the class embeddings");
    require_same_size(statistics.num_classes(), class_embeddings[i].rows(), "described classes");
  }
  require_same_size(spec.feature_dim, statistics.feature_dim(), "feature width");
  if (statistics.num_images() == 0) {
    throw Error(ErrorKind::kInvalidArgument,
                "statistics solver: expected statistics of at least one image, got none");
  }
}

// Rank 0's values on all ranks.
class RootObjective {
 public:
  RootObjective(Communicator* group, StatisticsObjective&& objective)
      : group_(group != nullptr ? *group : self_communicator()), objective_(std::move(objective)) {}

  double operator()(std::span<const double> x, std::span<double> gradient) {
    std::array<double, 2> values{};
    if (group_.is_root()) values = {objective_(x, gradient), objective_.mean_squared_error()};
    group_.broadcast(std::as_writable_bytes(std::span(values)), 0);
    group_.broadcast(std::as_writable_bytes(gradient), 0);
    mean_squared_error_ = values[1];
    return values[0];
  }
  [[nodiscard]] double mean_squared_error() const { return mean_squared_error_; }

  void improve(std::vector<double>& x) {
    if (group_.is_root()) x = objective_.better_start(x);
    group_.broadcast(std::as_writable_bytes(std::span(x)), 0);
  }

 private:
  Communicator& group_;
  StatisticsObjective objective_;
  double mean_squared_error_ = 0.0;
};

// What ends a descent before its time: one rank's should_stop, what one was told after an
// iteration, or max_seconds by rank 0's clock.
class Stops {
 public:
  Stops(const SolverOptions& options, std::chrono::steady_clock::time_point start)
      : options_(options),
        group_(options.group != nullptr ? *options.group : self_communicator()),
        start_(start) {}

  // All ranks ask together, whatever each was told. Once true it stays so.
  bool ask(bool told = false) {
    if (is_over()) return true;
    const bool wants = told || (options_.should_stop && options_.should_stop());
    std::array<Index, 2> asked{wants ? 1 : 0, group_.is_root() && is_late() ? 1 : 0};
    group_.sum(std::span(asked));
    stopped_ = asked[0] > 0;
    out_of_time_ = !stopped_ && asked[1] > 0;
    return is_over();
  }
  [[nodiscard]] bool is_over() const { return stopped_ || out_of_time_; }
  [[nodiscard]] bool out_of_time() const { return out_of_time_; }
  [[nodiscard]] double seconds() const {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    return passed.count();
  }

 private:
  [[nodiscard]] bool is_late() const {
    return options_.max_seconds > 0.0 && seconds() >= options_.max_seconds;
  }

  const SolverOptions& options_;
  Communicator& group_;
  std::chrono::steady_clock::time_point start_;
  bool stopped_ = false;
  bool out_of_time_ = false;
};

void round_to(std::span<const double> x, Network& network) {
  for (std::size_t i = 0; i < x.size(); ++i) network.parameters()[i] = static_cast<float>(x[i]);
}

DescentReport minimise(RootObjective& objective,
                       std::span<double> x,
                       const NetworkRecipe& recipe,
                       const SolverOptions& options,
                       Stops& stops,
                       const OnIteration& on_iteration) {
  if (options.method == SolverMethod::kLbfgs) {
    return minimise_lbfgs(std::ref(objective),
                          x,
                          {.tolerance = options.tolerance,
                           .max_iterations = options.max_iterations,
                           .should_stop = [&stops] { return stops.ask(); }},
                          on_iteration);
  }
  return minimise_adam(std::ref(objective),
                       x,
                       {.adam = {recipe.learning_rate, recipe.beta1, recipe.beta2, recipe.epsilon},
                        .tolerance = options.tolerance,
                        .max_iterations = options.max_iterations},
                       on_iteration);
}

}  // namespace

std::string_view to_string(SolverMethod method) noexcept {
  return method == SolverMethod::kLbfgs ? "lbfgs" : "adam";
}

SolverMethod solver_method_from_string(std::string_view name) {
  for (const SolverMethod method : {SolverMethod::kLbfgs, SolverMethod::kAdam}) {
    if (name == to_string(method)) return method;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat("solver method: expected lbfgs or adam, got \"", name, "\""));
}

void SolverOptions::validate() const {
  if (!(tolerance > 0.0) || !std::isfinite(tolerance)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("tolerance: expected a finite number above 0, got ", tolerance));
  }
  if (max_iterations < 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("max_iterations: expected at least 1, got ", max_iterations));
  }
  if (!(max_seconds >= 0.0) || !std::isfinite(max_seconds)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("max_seconds: expected a finite number, at least 0, got ", max_seconds));
  }
}

std::string_view SolverReport::end() const noexcept {
  if (stopped) return "stopped";
  if (out_of_time) return "max_seconds";
  if (converged) return "converged";
  return flat ? "flat" : "max_iterations";
}

SolverReport solve_statistics(Network& network,
                              std::span<const MatrixView<const float>> class_embeddings,
                              const ClassStatistics& statistics,
                              const NetworkRecipe& recipe,
                              const SolverOptions& options,
                              const std::function<bool(const SolverReport&)>& on_iteration) {
  options.validate();
  check(network, class_embeddings, statistics, recipe);
  Stops stops(options, std::chrono::steady_clock::now());
  RootObjective objective(options.group,
                          {network, class_embeddings, statistics, recipe.l2_penalty});
  const auto weights = std::as_const(network).parameters();
  std::vector<double> x(weights.begin(), weights.end());
  if (options.method == SolverMethod::kLbfgs) objective.improve(x);
  SolverReport report;
  const auto note = [&](const DescentReport& descent) {
    round_to(x, network);
    report.iterations = descent.iterations;
    report.evaluations = descent.evaluations;
    report.objective = descent.value;
    report.gradient_norm = descent.gradient_norm;
    report.converged = descent.converged;
    report.flat = descent.flat;
    report.seconds = stops.seconds();
  };
  const DescentReport end =
      minimise(objective, x, recipe, options, stops, [&](const DescentReport& at) {
        note(at);
        return stops.ask(on_iteration && on_iteration(report));
      });
  if (!std::isfinite(end.value)) {
    throw Error(ErrorKind::kNumerical,
                "statistics solver: the objective is not finite at the start");
  }
  std::vector<double> gradient(x.size());
  objective(x, gradient);  // the last evaluation was not always at the best point
  note(end);
  report.mean_squared_error = objective.mean_squared_error();
  report.out_of_time = stops.out_of_time();
  report.stopped = stops.is_over() && !report.out_of_time;
  return report;
}

}  // namespace dem
