// dem predict: the classes of new images, among classes that may be new, too.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "interrupt.h"
#include "processes.h"

namespace dem::cli {
namespace {

struct PredictCommand {
  OutputOptions output;
  PredictFileOptions file;
  std::string model;
  std::string to = "-";
  std::string format = "csv";
  std::string candidates = "all";
  std::string groups;
  std::string samples = "auto";
  std::optional<std::string> metric;
  std::vector<std::string> add_classes;
  std::string names;
  std::optional<std::string> missing_features;
  std::optional<std::string> missing;  // of new classes; empty: as the model's
  std::string save_model;
};

void add_options(CLI::App& app, PredictCommand& options) {
  app.add_option("--model", options.model, "Model folder or model.safetensors")->required();
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
  app.add_option("--reject-below",
                 options.file.reject_below,
                 "Mark rows whose first class has a lower probability");
  app.add_option("--metric", options.metric, "euclidean, cosine or dot; else the model's");
  add_missing_features(app, options.missing_features, true);
  const std::string classes = "New classes";
  app.add_option("--add-classes",
                 options.add_classes,
                 "Descriptions of classes to add, untrained: FILE, or SPACE=FILE for each space")
      ->group(classes);
  app.add_option("--names", options.names, "Names of the new classes, for files without text")
      ->group(classes);
  app.add_option(
         "--missing-descriptions",
         options.missing,
         "Missing entries of new descriptions: auto, mean, nan (all fill them in with means "
         "over the model's classes), keep or refuse; else as the model was trained")
      ->group(classes);
  app.add_option("--save-model", options.save_model, "Model folder to write, new classes included")
      ->group(classes);
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

MissingDescriptions missing_in_new_classes(const Model& model, const PredictCommand& options) {
  if (options.missing) return missing_descriptions_from_string(*options.missing);
  const auto known = model.provenance.find("missing_descriptions");
  return known == model.provenance.end() ? MissingDescriptions::kKeep
                                         : missing_descriptions_from_string(known->second);
}

void enlarge(Model& model, const PredictCommand& options) {
  std::vector<ClassFile> files;
  std::string from;
  for (const std::string& text : options.add_classes) {
    files.push_back(class_file_from_string(text, model.classes));
    from += (from.empty() ? "" : ", ") + text;
  }
  const ClassTable added =
      read_new_classes(files, options.names, model.classes, missing_in_new_classes(model, options));
  model.add_classes(added);
  // The model may have been enlarged before.
  const auto earlier = std::strtoll(model.provenance["classes_added"].c_str(), nullptr, 10);
  model.provenance["classes_added"] = std::to_string(earlier + added.size());
  std::string& all = model.provenance["classes_added_from"];
  all += (all.empty() ? "" : ", ") + from;
  log(LogLevel::kInfo,
      std::to_string(added.size()) + " classes added, untrained: the model knows " +
          std::to_string(model.classes.size()));
}

void check_usage(const PredictCommand& options) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorKind::kInvalidArgument, what);
  };
  if (options.file.input.empty() && options.save_model.empty()) {
    refuse("--input: expected a file of features, or --save-model, got neither");
  }
  if (options.missing && options.add_classes.empty()) {
    refuse("--missing-descriptions: expected --add-classes with it, got none");
  }
  if (!options.names.empty() && options.add_classes.empty()) {
    refuse("--names: expected --add-classes with it, got none");
  }
}

void require_top_k(const PredictFileOptions& file, const Model& model) {
  const std::vector<ClassId>& candidates = file.predict.candidates;
  const std::vector<ClassId> searched =
      candidates.empty() ? candidates_from_string("all", model.classes) : candidates;
  const Index groups = num_groups_of(file.groups, searched);
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
    if (options.metric) file.predict.metric = metric_from_string(*options.metric);
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
      model = Model::load(options.model);
      if (!options.add_classes.empty()) enlarge(model, options);
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
