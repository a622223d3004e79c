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

void round_to(std::span<const double> x, Network& network) {
  for (std::size_t i = 0; i < x.size(); ++i) network.parameters()[i] = static_cast<float>(x[i]);
}

DescentReport minimise(RootObjective& objective,
                       std::span<double> x,
                       const NetworkRecipe& recipe,
                       const SolverOptions& options,
                       const OnIteration& on_iteration) {
  if (options.method == SolverMethod::kLbfgs) {
    return minimise_lbfgs(
        std::ref(objective),
        x,
        {.tolerance = options.tolerance, .max_iterations = options.max_iterations},
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
}

SolverReport solve_statistics(Network& network,
                              std::span<const MatrixView<const float>> class_embeddings,
                              const ClassStatistics& statistics,
                              const NetworkRecipe& recipe,
                              const SolverOptions& options,
                              const std::function<bool(const SolverReport&)>& on_iteration) {
  options.validate();
  check(network, class_embeddings, statistics, recipe);
  const auto start = std::chrono::steady_clock::now();
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
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    report.seconds = passed.count();
  };
  const DescentReport end = minimise(objective, x, recipe, options, [&](const DescentReport& at) {
    note(at);
    return on_iteration && on_iteration(report);
  });
  if (!std::isfinite(end.value)) {
    throw Error(ErrorKind::kNumerical,
                "statistics solver: the objective is not finite at the start");
  }
  std::vector<double> gradient(x.size());
  objective(x, gradient);  // the last evaluation was not always at the best point
  note(end);
  report.mean_squared_error = objective.mean_squared_error();
  return report;
}

}  // namespace dem
