// dem train: a dataset to a model folder.

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include "commands.h"
#include "dem/dem.h"
#include "interrupt.h"
#include "model_warnings.h"
#include "processes.h"
#include "report.h"
#include "train_grid.h"
#include "train_input.h"
#include "train_options.h"
#include "train_reporter.h"
#include "train_run.h"
#include "train_seeds.h"

namespace dem::cli {
namespace {

// Without test images of unseen classes, perhaps without any.
void print_seen_scores(const TrainOptions& options,
                       const FitResult& fitted,
                       const Dataset& dataset,
                       TrainReporter& reporter) {
  std::optional<SeenScores> scores;
  if (!dataset.split.test_seen.empty()) {
    scores = evaluate_seen_classes(fitted.model, dataset, fitted.model.metric, group());
  }
  warn_of_model(fitted.model, dataset, nullptr);
  if (options.output.json) {
    std::cout << with_grid(result_json(dataset, fitted.model, scores), options.fit.grid);
    return;
  }
  const std::string text =
      scores ? seen_scores_text(dataset, *scores) : "nothing was evaluated: no test images\n";
  reporter.print("%s%s\nmodel: %s\n",
                 text.c_str(),
                 selection_text(fitted.model).c_str(),
                 options.fit.output.c_str());
}

void print_result(const TrainOptions& options,
                  FitResult& fitted,
                  const Dataset& dataset,
                  TrainReporter& reporter) {
  if (dataset.split.test_unseen.empty())
    return print_seen_scores(options, fitted, dataset, reporter);
  const EvaluationResult result = evaluate_and_save(dataset, fitted, options.fit.output);
  warn_of_model(fitted.model, dataset, &result);
  if (options.output.json) {
    std::cout << with_grid(result_json(dataset, fitted.model, result), options.fit.grid);
    return;
  }
  reporter.print("%s", scores_text(dataset, fitted.model, result).c_str());
  reporter.print(
      "%s\nmodel: %s\n", selection_text(fitted.model).c_str(), options.fit.output.c_str());
}

// Of a run that saves no state.
std::string what_was_written(const TrainOptions& options, const FitResult& fitted) {
  const Index finished = fitted.num_finished_members;
  if (finished == 0) return "; nothing was written";
  return " of member " + std::to_string(finished + 1) + " of " +
         std::to_string(options.fit.members.size()) + "; those before it are whole, in " +
         options.fit.output + "/members";
}

// Returns the exit status.
int report_interrupt(const TrainOptions& options, const FitResult& fitted) {
  const bool saves = options.fit.solver == Solver::kMinibatch;
  if (group().is_root()) {
    std::cerr << "dem: interrupted after " << fitted.report.summary.steps
              << (saves ? " steps; the same command with --resume goes on\n"
                        : " iterations" + what_was_written(options, fitted) +
                              ", and there is no state to go on from\n");
  }
  return saves ? kInterruptedStatus : kNothingSavedStatus;
}

int run_train(TrainOptions options) {
  join_if_asked(options.reference);
  apply(options.output);
  Dataset dataset;
  SavedStatistics saved;
  agree(group(), [&] { dataset = load_training_data(options, saved); });
  if (options.ensemble.empty()) {
    log(LogLevel::kInfo, "recipe: " + options.fit.recipe.to_string());
  }
  for (const MemberRun& member : options.fit.members) {
    log(LogLevel::kInfo, "member: " + member.recipe.to_string());
  }

  if (options.seeds) return train_seeds(options, dataset);
  TrainReporter reporter(options);
  if (!options.points.empty()) {
    if (const auto status = choose_on_grid(options, dataset, reporter)) return *status;
  }
  // What learns at once is not stopped half way.
  learns_at_once(options.fit.recipe) ? end_at_interrupts() : catch_interrupts();
  const auto started = std::chrono::steady_clock::now();
  FitResult fitted = fit_naming_file(dataset, options, fit_callbacks(reporter));
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
