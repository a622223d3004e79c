// dem train: a dataset to a model folder.

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <span>
#include <string>

#include "commands.h"
#include "dem/dem.h"
#include "evaluation_report.h"
#include "interrupt.h"
#include "processes.h"
#include "report.h"
#include "train_input.h"
#include "train_options.h"
#include "train_reporter.h"

namespace dem::cli {
namespace {

// There were no images to evaluate on.
void print_unevaluated(const TrainOptions& options,
                       const FitResult& fitted,
                       const Dataset& dataset,
                       TrainReporter& reporter) {
  if (options.output.json) {
    std::cout << result_json(dataset, fitted.model);
    return;
  }
  reporter.print("nothing was evaluated: no images\n%s\nmodel: %s\n",
                 selection_text(fitted.model).c_str(),
                 options.fit.output.c_str());
}

void print_result(const TrainOptions& options,
                  FitResult& fitted,
                  const Dataset& dataset,
                  TrainReporter& reporter) {
  if (dataset.split.test_unseen.empty())
    return print_unevaluated(options, fitted, dataset, reporter);
  const EvaluationResult& result = fitted.report.evaluation.emplace(evaluate_model(
      fitted.model, dataset, fitted.model.metric, group(), {.bootstrap = kBootstrap}));
  agree(group(), [&] {
    if (group().is_root()) save_summary(fitted.report, options.fit.output);
  });
  if (options.output.json) {
    std::cout << result_json(dataset, fitted.model, result);
    return;
  }
  reporter.print("%s", scores_text(dataset, fitted.model, result).c_str());
  reporter.print(
      "%s\nmodel: %s\n", selection_text(fitted.model).c_str(), options.fit.output.c_str());
}

// 0 where there are none.
Index training_steps(const Recipe& recipe, const Dataset& dataset) {
  if (!recipe.network) return 0;
  return recipe.network->total_steps(static_cast<Index>(dataset.split.trainval.size()));
}

// On any of the processes, which agree on it.
bool any_interrupted() {
  Index others = interrupted() ? 1 : 0;
  group().sum(std::span(&others, 1));
  return others > 0;
}

// Returns the exit status.
int report_interrupt(const TrainOptions& options, const FitResult& fitted) {
  const bool saves = options.fit.solver == Solver::kMinibatch;
  if (group().is_root()) {
    std::cerr << "dem: interrupted after " << fitted.report.summary.steps
              << (saves
                      ? " steps; the same command with --resume goes on\n"
                      : " iterations; nothing was written, and there is no state to go on from\n");
  }
  return saves ? kInterruptedStatus : kNothingSavedStatus;
}

// fit, whose errors about statistics name their file.
FitResult fit_naming_file(const Dataset& dataset,
                          const TrainOptions& options,
                          const FitCallbacks& callbacks) {
  constexpr std::string_view kStart = "statistics: ";
  try {
    return fit(dataset, options.fit, callbacks);
  } catch (const Error& error) {
    const std::string message = error.what();
    if (options.stats.empty() || message.rfind(kStart, 0) != 0) throw;
    const std::string named = "--stats " + options.stats + ": " + message.substr(kStart.size());
    if (dynamic_cast<const AgreedError*>(&error) != nullptr) {
      throw AgreedError(error.kind(), named);
    }
    throw Error(error.kind(), named);
  }
}

int run_train(TrainOptions options) {
  join_if_asked(options.reference);
  apply(options.output);
  Dataset dataset;
  SavedStatistics saved;
  agree(group(), [&] { dataset = load_training_data(options, saved); });
  log(LogLevel::kInfo, "recipe: " + options.fit.recipe.to_string());

  TrainReporter reporter(options, training_steps(options.fit.recipe, dataset));
  // What learns at once is not stopped half way.
  learns_at_once(options.fit.recipe) ? end_at_interrupts() : catch_interrupts();
  FitCallbacks callbacks;
  callbacks.on_phase = [&](FitPhase phase, const PhaseReport& r) { reporter.on_phase(phase, r); };
  callbacks.on_step = [&](FitPhase, const StepReport& r) { reporter.on_step(r); };
  callbacks.on_epoch = [&](FitPhase, const EpochReport& r) { reporter.on_epoch(r); };
  callbacks.should_stop = [] { return interrupted(); };
  callbacks.on_write = catch_interrupts;  // a folder is not left half written
  const auto started = std::chrono::steady_clock::now();
  FitResult fitted = fit_naming_file(dataset, options, callbacks);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
  if (fitted.report.finished()) end_at_interrupts_with_model();
  reporter.print("total time: %.3f\n", seconds.count());
  if (!fitted.report.finished()) return report_interrupt(options, fitted);
  if (any_interrupted()) return report_interrupt_with_model();
  print_result(options, fitted, dataset, reporter);
  return 0;
}

}  // namespace

void add_train(CLI::App& program, Command& command_to_run) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* app = program.add_subcommand("train", "Train a model and write a model folder");
  add_train_options(*app, *options);
  app->callback([app, options, &command_to_run] {
    take_given(*app, *options);
    command_to_run = [options] { return run_train(*options); };
  });
}

}  // namespace dem::cli
