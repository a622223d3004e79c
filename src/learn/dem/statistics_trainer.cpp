// train() in terms of the statistics solver.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dem/base/log.h"
#include "dem/learn/statistics_solver.h"
#include "learn/check_training_set.h"
#include "learn/selector.h"

namespace dem {
namespace {

constexpr Index kEvaluationInterval = 10;

class StatisticsTraining {
 public:
  StatisticsTraining(Network& network, const Recipe& recipe, const TrainCallbacks& callbacks)
      : network_(network),
        callbacks_(callbacks),
        selector_(recipe),
        interval_(recipe.network->evaluation_interval > 0 ? recipe.network->evaluation_interval
                                                          : kEvaluationInterval) {}

  // After an iteration.
  void add(const SolverReport& report) {
    const Index done = report.iterations;
    if (callbacks_.on_step) callbacks_.on_step({done, 1, done, report.objective});
    if (done % interval_ == 0) evaluate(report);
  }

  TrainSummary finish(const SolverReport& report, double seconds) {
    if (!report.stopped && evaluated_ != report.iterations) evaluate(report);
    TrainSummary summary;
    summary.stop_reason = report.stopped       ? StopReason::kStopped
                          : report.out_of_time ? StopReason::kOutOfTime
                                               : StopReason::kFinished;
    summary.epochs = report.iterations;
    summary.steps = report.iterations;
    summary.last_loss = report.objective;
    summary.seconds = seconds;
    summary.step_seconds = report.seconds - evaluation_seconds_;
    selector_.finish(network_, summary, report.iterations, report.iterations);
    return summary;
  }

 private:
  void evaluate(const SolverReport& report) {
    const auto start = std::chrono::steady_clock::now();
    std::optional<double> accuracy;
    if (callbacks_.on_evaluate) {
      const Judgement judgement = callbacks_.on_evaluate(network_);
      accuracy = judgement.accuracy;
      selector_.add(judgement, network_, report.iterations, report.iterations);
    }
    const Index steps = report.iterations - evaluated_.value_or(0);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    if (callbacks_.on_epoch) {
      callbacks_.on_epoch({report.iterations,
                           steps,
                           report.objective,
                           report.seconds - reported_seconds_ - last_evaluation_,
                           steps,
                           accuracy});
    }
    evaluated_ = report.iterations;
    reported_seconds_ = report.seconds;
    last_evaluation_ = passed.count();
    evaluation_seconds_ += passed.count();
  }

  Network& network_;
  const TrainCallbacks& callbacks_;
  Selector selector_;
  Index interval_;
  std::optional<Index> evaluated_;  // iterations behind the last evaluation
  double reported_seconds_ = 0.0;
  double last_evaluation_ = 0.0;
  double evaluation_seconds_ = 0.0;
};

void log_bounds(const SolverOptions& options, const Network& network, Index num_classes) {
  log(LogLevel::kInfo,
      concat("statistics solver: ",
             network.parameters().size(),
             " weights, ",
             num_classes,
             " classes; at most ",
             options.max_iterations,
             " iterations",
             options.max_seconds > 0.0 ? concat(" and ", options.max_seconds, " seconds")
                                       : std::string(", without a bound on the time")));
}

void log_end(const SolverReport& report) {
  const std::string where = concat(" after ",
                                   report.iterations,
                                   " iterations and ",
                                   std::round(10.0 * report.seconds) / 10.0,
                                   " seconds, at objective ",
                                   report.objective);
  if (report.out_of_time) {
    log(LogLevel::kWarning,
        concat("statistics solver: out of time",
               where,
               ", the best so far; more of max_seconds (0: no bound) goes on"));
  } else {
    log(LogLevel::kInfo, concat("statistics solver: ended (", report.end(), ")", where));
  }
}

}  // namespace

TrainSummary train_from_statistics(Network& network,
                                   std::span<const MatrixView<const float>> class_embeddings,
                                   const ClassStatistics& statistics,
                                   const Recipe& recipe,
                                   const SolverOptions& options,
                                   const TrainCallbacks& callbacks) {
  recipe.validate();
  require_steps(recipe);
  Communicator& group = options.group != nullptr ? *options.group : self_communicator();
  group.broadcast(std::as_writable_bytes(network.parameters()), 0);
  const auto start = std::chrono::steady_clock::now();
  if (callbacks.on_start) callbacks.on_start({});
  SolverOptions bounded = options;
  if (recipe.network->max_steps > 0) bounded.max_iterations = recipe.network->max_steps;
  bounded.should_stop = callbacks.should_stop;
  log_bounds(bounded, network, statistics.num_classes());
  StatisticsTraining training(network, recipe, callbacks);
  const SolverReport report = solve_statistics(
      network, class_embeddings, statistics, *recipe.network, bounded, [&](const SolverReport& at) {
        training.add(at);
        return false;
      });
  log_end(report);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  return training.finish(report, passed.count());
}

}  // namespace dem
