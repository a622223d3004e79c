// dem train: a dataset to a model folder.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "interrupt.h"
#include "output_file.h"
#include "processes.h"
#include "progress.h"
#include "recipe_advice.h"
#include "recipe_options.h"
#include "report.h"
#include "time_estimate.h"

namespace dem::cli {
namespace {

struct TrainOptions {
  OutputOptions output;
  DataOptions data;
  RecipeOptions recipe;
  ReferenceOptions reference;
  FitOptions fit;
  std::optional<std::uint64_t> shuffle_classes;
  std::string exchange = "auto";
  std::optional<std::string> solver;  // empty: minibatch, or statistics with --stats
  std::string method = "lbfgs";
  std::string stats;                     // the file; empty: none
  bool has_data = true;                  // false: the classes of the file, and no images
  std::vector<std::string> given;        // options that choose data
  std::vector<std::string> given_steps;  // options of training in steps that are no recipe's fields
  std::vector<std::string> given_solver;  // those of them that are of solver statistics
  std::string file_format;                // the reference's parser has it for every script
};

// The lines of a training run: the reference's on stdout, the bar on stderr.
class TrainReporter {
 public:
  // training_steps: of the run on all training images, at most.
  TrainReporter(const TrainOptions& options, Index training_steps)
      : options_(options),
        out_(options.output.json ? stderr : stdout),
        silent_((options.output.json && options.output.quiet) || !group().is_root()),
        progress_(options.output.quiet || !group().is_root()),
        training_steps_(training_steps) {}

  void on_phase(FitPhase phase, const PhaseReport& report) {
    if (!started_) print("%s\n", "============== Starting Training ==============");
    started_ = true;
    const std::string unit = solves() ? "iteration" : "epoch";
    progress_.start({phase == FitPhase::kSelect ? "selecting, " + unit : unit,
                     report.first_step,
                     report.total_steps,
                     report.steps_per_epoch,
                     solves() ? "objective" : "loss",
                     solves() ? options_.fit.statistics.max_seconds : 0.0});
    if (solves()) return;
    time_.start(options_.fit.recipe.name,
                report.first_step,
                report.total_steps,
                phase == FitPhase::kSelect ? training_steps_ : 0);
  }

  void on_step(const StepReport& report) {
    time_.update(report.step);
    progress_.update(report.step, report.loss);
    if (options_.output.quiet || report.step % options_.fit.interval_step != 0 || solves()) return;
    print("epoch: %lld step: %lld, loss is %.9g\n",
          static_cast<long long>(report.epoch),
          static_cast<long long>(report.step_in_epoch),
          report.loss);
  }

  // The reference's line; an epoch without an evaluation has its loss instead of an accuracy.
  void on_epoch(const EpochReport& report) {
    if (options_.output.quiet) return;
    if (solves()) return on_iterations(report);
    const auto steps = static_cast<double>(std::max<Index>(report.timed_steps, 1));
    print(report.accuracy ? "epoch: %lld accuracy = %.5f speed = %.3f ms/step\n"
                          : "epoch: %lld loss = %.9g speed = %.3f ms/step\n",
          static_cast<long long>(report.epoch),
          report.accuracy.value_or(report.mean_loss),
          1000.0 * report.seconds / steps);
  }

  template <typename... Args>
  void print(const char* pattern, Args... args) {
    progress_.clear();
    if (silent_) return;
    std::fprintf(out_, pattern, args...);
    std::fflush(out_);
  }

 private:
  [[nodiscard]] bool solves() const { return options_.fit.solver == Solver::kStatistics; }

  void on_iterations(const EpochReport& report) {
    const auto iteration = static_cast<long long>(report.epoch);
    if (!report.accuracy) {
      return print("iteration: %lld objective = %.9g\n", iteration, report.mean_loss);
    }
    print("iteration: %lld objective = %.9g accuracy = %.5f\n",
          iteration,
          report.mean_loss,
          *report.accuracy);
  }

  const TrainOptions& options_;
  std::FILE* out_;
  bool silent_;
  Progress progress_;
  TimeEstimate time_;
  Index training_steps_;
  bool started_ = false;
};

void add_options(CLI::App& app, TrainOptions& options) {
  add_data_options(app, options.data);
  options.fit.output = "../output";
  app.add_option("--save-ckpt", options.fit.output, "Model folder to write")->capture_default_str();
  app.add_option("--seed", options.fit.seed, "Seed of every random draw")
      ->check(seed_range())
      ->capture_default_str();
  app.add_option(
         "--init", options.fit.init_file, "Start from the weights of a .ckpt or .safetensors file")
      ->check(some_name());
  app.add_option("--save-seconds",
                 options.fit.save_seconds,
                 "Least seconds between two savings of the state")
      ->capture_default_str();
  app.add_flag("--resume", options.fit.resume, "Go on where the run in --save-ckpt was stopped");
  app.add_option("--interval-step", options.fit.interval_step, "Steps between two loss lines")
      ->capture_default_str();
  app.add_option("--shuffle-classes",
                 options.shuffle_classes,
                 "Control: deal the class descriptions out anew among all classes, with this seed")
      ->check(seed_range());
  add_recipe_options(app, options.recipe);
  app.add_option("--solver",
                 options.solver,
                 "Of recipes in steps: minibatch, or statistics: all images at once through counts "
                 "and means of their classes (batches and clipping do not matter)")
      ->default_str("minibatch");
  app.add_option(
         "--solver-method",
         options.method,
         "Solver statistics: lbfgs (without learning rate), or adam with the whole gradient")
      ->capture_default_str();
  app.add_option(
         "--stats",
         options.stats,
         "Train on the images of a file of dem stats; with --data-path its descriptions and "
         "test images are used, without there is no evaluation")
      ->check(some_name());
  app.add_option("--tolerance",
                 options.fit.statistics.tolerance,
                 "Solver statistics: converged where the gradient's norm is this part of its first")
      ->capture_default_str();
  app.add_option("--max-seconds",
                 options.fit.statistics.max_seconds,
                 "Solver statistics: end after so many seconds at the best point so far, with "
                 "--select val in each of its two runs; 0: no such bound")
      ->capture_default_str();
  add_output_options(app, options.output);
  add_reference_options(app, options.reference);
  app.add_option("--exchange",
                 options.exchange,
                 "With --distribute, what processes tell each other: gradients, statistics (sums "
                 "over the classes of a batch), or auto, the cheaper")
      ->capture_default_str();
  app.footer(
      "Example, with everything chosen on held-out seen classes, in seconds:\n"
      "  dem train --data-path data --dataset AWA2 --save-ckpt awa2.model\n"
      "A network instead, whose epoch is chosen so:\n"
      "  dem train --data-path data --dataset AWA2 --recipe gbu --select val --save-ckpt "
      "awa2.model\n"
      "From statistics, without the images:\n"
      "  dem stats --data-path data --dataset AWA2 -o awa2.stats\n"
      "  dem train --stats awa2.stats --save-ckpt awa2.model");
  app.add_option("--file-format", options.file_format, "Of no effect here")
      ->group("Options of the reference for its hardware");
}

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
                  const FitResult& fitted,
                  const Dataset& dataset,
                  TrainReporter& reporter) {
  if (dataset.split.test_unseen.empty())
    return print_unevaluated(options, fitted, dataset, reporter);
  const EvaluationResult result =
      evaluate_model(fitted.model, dataset, fitted.model.metric, group());
  if (options.output.json) {
    std::cout << result_json(dataset, fitted.model, result);
    return;
  }
  reporter.print("%s", scores_text(dataset, fitted.model, result).c_str());
  reporter.print(
      "%s\nmodel: %s\n", selection_text(fitted.model).c_str(), options.fit.output.c_str());
}

void require_distribute(const TrainOptions& options) {
  if (group().size() == 1 || is_distributed(options.reference)) return;
  throw Error(ErrorKind::kInvalidArgument,
              "train: started as " + std::to_string(group().size()) +
                  " processes: expected --distribute, got none");
}

// Without --data-path the file of --stats says which data.
void require_own_data(const TrainOptions& options) {
  if (options.has_data || options.given.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              options.given[0] +
                  ": expected --data-path with it, since the file of --stats has "
                  "its own classes, got none");
}

// As resolve(), for the classes of a statistics file.
DatasetOptions resolve(const DataOptions& options, const SavedStatistics& saved) {
  DatasetOptions data;
  data.name = saved.dataset;
  data.layout = saved.layout;
  data.train_mode = train_mode_from_string(options.train_mode.value_or(saved.train_mode));
  return data;
}

// The command that gathers what a recipe learns from.
std::string gathering(const Recipe& recipe) {
  const auto by_image = [](const Recipe& r) { return r.feature_scaling == ScalingKind::kL2; };
  std::string command = "dem stats --recipe " + recipe.name;
  if (by_image(recipe) == by_image(make_recipe(recipe.name, "", TrainMode::kAttribute))) {
    return command;
  }
  return command + " --feature-scaling " + (by_image(recipe) ? "l2" : "none");
}

// What cannot be changed afterwards is chosen when statistics are gathered.
void require_gathered_for(const TrainOptions& options, const SavedStatistics& saved) {
  const Recipe& recipe = options.fit.recipe;
  if (!learns_from_statistics(recipe)) {
    throw Error(ErrorKind::kInvalidArgument,
                "--stats " + options.stats +
                    ": expected a recipe that learns from statistics, got " + recipe.name +
                    ", which learns from single images (--data-path without --stats)");
  }
  const bool is_l2 = saved.row_scaling == ScalingKind::kL2;
  std::string got;
  const auto add = [&](bool differs, const char* what) {
    if (differs) got += (got.empty() ? "" : ", ") + std::string(what);
  };
  add(!options.has_data && !saved.suits(takes_original_attributes(recipe.name)),
      "another kind of attributes");
  add(is_l2 != (recipe.feature_scaling == ScalingKind::kL2),
      is_l2 ? "features through l2" : "features that did not go through l2");
  add(learns_at_once(recipe) && saved.statistics.second_moment.empty(), "no second moments");
  if (got.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              "--stats " + options.stats + ": expected statistics gathered for recipe " +
                  recipe.name + " (" + gathering(recipe) + "), got " + got);
}

// Options of steps where the recipe has none.
void require_steps(const TrainOptions& options, std::string_view layout) {
  const std::string& recipe = options.fit.recipe.name;
  const bool by_default = options.recipe.recipe.empty() && recipe == default_recipe(layout);
  if (options.given_steps.empty() || !learns_at_once(options.fit.recipe)) return;
  throw Error(
      ErrorKind::kInvalidArgument,
      options.given_steps[0] + ": " + recipe_phrase(recipe, by_default, layout) +
          " learns at once, in no steps; recipes that train in steps: " + recipes_in_steps(layout));
}

// Options of the statistics solver where there are batches.
void require_solver(const TrainOptions& options) {
  if (options.given_solver.empty() || options.fit.solver == Solver::kStatistics) return;
  throw Error(ErrorKind::kInvalidArgument,
              options.given_solver[0] + ": expected --solver statistics with it, got " +
                  std::string(to_string(options.fit.solver)));
}

// So is what becomes of missing descriptions.
void require_same_missing(const TrainOptions& options, const SavedStatistics& saved) {
  const MissingDescriptions wanted = missing_descriptions(options.data, options.fit.recipe.name);
  if (saved.suits(wanted)) return;
  throw Error(ErrorKind::kInvalidArgument,
              "--stats " + options.stats +
                  ": expected statistics gathered with --missing-descriptions " +
                  std::string(to_string(wanted)) + ", got " +
                  std::string(to_string(saved.missing_descriptions)) + " for " +
                  std::to_string(saved.num_missing) +
                  " missing entries (--missing-descriptions of dem train takes the file's, "
                  "--data-path the descriptions of the data)");
}

// The recipe of the run for these data. Its errors name a file of settings.
Recipe recipe_of(const TrainOptions& options, const DatasetOptions& data) {
  const std::string& file = options.recipe.file;
  try {
    RecipeChoices choices = choices_of(options.recipe, data.layout, group().size());
    choices.has_images = options.stats.empty();
    return plan_recipe(choices, data.layout, data.name, data.train_mode);
  } catch (const Error& error) {
    const std::string message = error.what();
    if (file.empty() || message.find(file) != std::string::npos) throw;
    throw Error(error.kind(), message + " (with --settings " + file + ")");
  }
}

// Fills in options.fit; `saved` outlives it.
Dataset load(TrainOptions& options, SavedStatistics& saved) {
  check(options.reference);
  require_distribute(options);
  if (options.fit.output.empty()) {
    throw Error(ErrorKind::kInvalidArgument, "--save-ckpt: expected a folder, got \"\"");
  }
  require_own_data(options);
  if (!options.stats.empty()) {
    saved = load_statistics(options.stats);
    options.fit.saved_statistics = &saved;
  }
  DatasetOptions data = options.has_data ? resolve(options.data) : resolve(options.data, saved);
  data.shard = {group().rank(), group().size()};
  options.fit.recipe = recipe_of(options, data);
  require_steps(options, data.layout);
  if (!options.stats.empty()) require_gathered_for(options, saved);
  if (!options.has_data) require_same_missing(options, saved);
  options.fit.solver = solver_from_string(
      options.solver.value_or(options.stats.empty() ? "minibatch" : "statistics"));
  require_solver(options);
  options.fit.statistics.method = solver_method_from_string(options.method);
  options.fit.exchange = exchange_from_string(options.exchange);
  options.fit.group = &group();
  options.fit.distributed_checkpoints = is_distributed(options.reference);
  options.fit.validate();
  data.original_attributes = takes_original_attributes(options.fit.recipe.name);
  data.missing_descriptions = missing_descriptions(options.data, options.fit.recipe.name);
  data.shuffle_classes = options.shuffle_classes;
  if (options.has_data) return load_dataset(data);
  Dataset dataset = dataset_without_images(saved);
  if (options.shuffle_classes) shuffle_class_embeddings(dataset, *options.shuffle_classes);
  return dataset;
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
  agree(group(), [&] { dataset = load(options, saved); });
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
  const FitResult fitted = fit_naming_file(dataset, options, callbacks);
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
  add_options(*app, *options);
  app->callback([app, options, &command_to_run] {
    options->has_data = options->stats.empty() || app->count("--data-path") > 0;
    for (const char* name : {"--dataset",
                             "--layout",
                             "--features",
                             "--word-vectors",
                             "--space",
                             "--index-base",
                             "--missing-features"}) {
      if (app->count(name) > 0) options->given.emplace_back(name);
    }
    for (const char* name : {"--init",
                             "--resume",
                             "--solver",
                             "--solver-method",
                             "--tolerance",
                             "--max-seconds",
                             "--interval-step",
                             "--save-seconds",
                             "--exchange"}) {
      if (app->count(name) > 0) options->given_steps.emplace_back(name);
    }
    for (const char* name : {"--solver-method", "--tolerance", "--max-seconds"}) {
      if (app->count(name) > 0) options->given_solver.emplace_back(name);
    }
    command_to_run = [options] { return run_train(*options); };
  });
}

}  // namespace dem::cli
