// dem predict: the classes of new images, among classes that may be new, too.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "interrupt.h"
#include "predict_model.h"
#include "processes.h"
#include "rejection.h"

namespace dem::cli {
namespace {

struct PredictCommand {
  OutputOptions output;
  PredictFileOptions file;
  PredictModelOptions model;
  RejectionOptions rejection;
  std::string to = "-";
  std::string format = "csv";
  std::string candidates = "all";
  std::string groups;
  std::string samples = "auto";
  std::optional<std::string> missing_features;
  std::string save_model;
};

void add_options(CLI::App& app, PredictCommand& options) {
  add_model_options(app, options.model);
  app.add_option("--input",
                 options.file.input,
                 "Features: .npy, .csv, .mat, .h5, .safetensors or .pt, a folder of such files or "
                 "a pattern in "
                 "quotes, whose rows follow one another; - reads CSV or .npy from stdin");
  app.add_option("--output", options.to, "File to write, whole or not at all; - is stdout")
      ->capture_default_str();
  app.add_option("--format", options.format, "csv, jsonl, or npy (int32 class ids)")
      ->capture_default_str();
  app.add_option("--topk", options.file.predict.top_k, "Classes a row, nearest first")
      ->capture_default_str();
  app.add_option("--candidates",
                 options.candidates,
                 "Classes to search: all, seen, unseen, or a file with a name a line")
      ->capture_default_str();
  app.add_option("--groups",
                 options.groups,
                 "Text with a class and its group a line: groups are predicted, by the sums of "
                 "their classes' probabilities")
      ->type_name("FILE");
  add_rejection_options(app, options.rejection);
  add_missing_features(app, options.missing_features, true);
  app.add_option("--save-model", options.save_model, "Model folder to write, new classes included")
      ->group("New classes");
  const std::string arrays = "Files with several arrays";
  app.add_option("--variable", options.file.variable, "The array that holds the features")
      ->group(arrays);
  app.add_option("--samples",
                 options.samples,
                 "Where a sample lies in it, as dem inspect shows it: auto, rows or columns")
      ->capture_default_str()
      ->group(arrays);
  app.add_flag("--quiet", options.output.quiet, "No messages but errors");
  app.add_option("--threads", options.output.threads, "0: the cores given to this process")
      ->capture_default_str();
}

void write_to_stdout(std::string_view bytes) {
  std::cout.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  std::cout.flush();
  if (!std::cout) throw Error(ErrorKind::kIo, "standard output: cannot be written");
}

void check_usage(const PredictCommand& options) {
  if (!options.file.input.empty() || !options.save_model.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              "--input: expected a file of features, or --save-model, got neither");
}

std::vector<ClassId> searched_classes(const PredictFileOptions& file, const Model& model) {
  const std::vector<ClassId>& candidates = file.predict.candidates;
  return candidates.empty() ? candidates_from_string("all", model.classes) : candidates;
}

// Of classes: a group's probability is another thing.
void take_rejection(const PredictCommand& options, const Model& model, PredictFileOptions& file) {
  if (options.rejection.at_precision && !file.groups.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                "--reject-at-precision: expected classes, of which precision was measured, got "
                "--groups; --reject-below takes a probability of your own choice");
  }
  const std::vector<ClassId> searched = searched_classes(file, model);
  file.reject_below = reject_below(options.rejection, model, static_cast<Index>(searched.size()));
}

void require_top_k(const PredictFileOptions& file, const Model& model) {
  const Index groups = num_groups_of(file.groups, searched_classes(file, model));
  if (file.predict.top_k <= groups) return;
  throw Error(ErrorKind::kInvalidArgument,
              "--topk: expected at most the number of groups, " + std::to_string(groups) +
                  ", got " + std::to_string(file.predict.top_k));
}

// The predictions; returns the exit status.
int label(const Model& model, const PredictCommand& options, PredictFileOptions file) {
  agree(group(), [&] {
    file.format = prediction_format_from_string(options.format);
    file.samples = sample_axis_from_string(options.samples);
    if (options.candidates != "all") {
      file.predict.candidates = candidates_from_string(options.candidates, model.classes);
    }
    if (!options.groups.empty()) {
      file.groups = read_class_groups(options.groups, model.classes);
      require_top_k(file, model);
    }
    file.missing_features = missing_features(options.missing_features, model);
    file.predict.metric = other_metric(options.model);
    take_rejection(options, model, file);
  });
  if (options.to == "-") {
    file.write = write_to_stdout;
  } else {
    file.output = options.to;
  }
  file.should_stop = interrupted;
  file.group = &group();
  const auto started = std::chrono::steady_clock::now();
  const PredictFileSummary summary = predict_file(model, file);
  if (!summary.finished) return kInterruptedStatus;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
  if (summary.zeroed.values > 0) {
    log(LogLevel::kInfo,
        "features that are not finite: " + std::to_string(summary.zeroed.values) + " in " +
            std::to_string(summary.zeroed.rows) + " rows; taken as 0");
  }
  char time[32];
  std::snprintf(time, sizeof time, "%.3f", seconds.count());
  log(LogLevel::kInfo,
      std::to_string(summary.rows) + " rows in " + time + " s, " +
          std::to_string(summary.rejected) + " rejected");
  return 0;
}

int run_predict(const PredictCommand& options) {
  apply(options.output);
  catch_interrupts();
  try {
    Model model;
    agree(group(), [&] {
      check_usage(options);
      model = open_model(options.model);
    });
    const int status = options.file.input.empty() ? 0 : label(model, options, options.file);
    if (status == 0 && !options.save_model.empty() && group().is_root()) {
      save_model_folder(model, options.save_model);
    }
    return status;
  } catch (const Error&) {
    if (interrupted()) return kInterruptedStatus;  // while it waited for standard input
    throw;
  }
}

}  // namespace

void add_predict(CLI::App& program, Command& command_to_run) {
  auto options = std::make_shared<PredictCommand>();
  CLI::App* app = program.add_subcommand("predict", "Name the classes of new images");
  add_options(*app, *options);
  app->callback(
      [options, &command_to_run] { command_to_run = [options] { return run_predict(*options); }; });
}

}  // namespace dem::cli
