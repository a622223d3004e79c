// dem eval: a model's scores on a dataset.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "eval_scores.h"
#include "evaluation_report.h"
#include "examples.h"
#include "model_warnings.h"
#include "processes.h"
#include "report.h"
#include "seed_report.h"

namespace dem::cli {
namespace {

struct EvalOptions {
  OutputOptions output;
  DataOptions data;
  std::optional<std::string> metric;
  std::string recipe;  // empty: the model's own, or that of the layout's networks
  ReferenceOptions reference;
  std::string model = "../output";
  std::optional<std::uint64_t> shuffle_classes;
  bool force = false;
  ReportOptions report;
  ScoreEvalOptions scores;
  Index examples = 0;
  // Of the reference's one parser; they mean nothing for an evaluation.
  Index batch_size = 0;
  Index epoch_size = 0;
  Index interval_step = 0;
  std::string file_format;
};

void add_options(CLI::App& app, EvalOptions& options) {
  add_data_options(app, options.data, true);
  app.add_option("--save-ckpt",
                 options.model,
                 "Model folder, model.safetensors, or weights (.ckpt, .safetensors, .pt)")
      ->capture_default_str();
  app.add_option("--metric", options.metric, "euclidean, cosine or dot; else the model's");
  app.add_option(
      "--recipe",
      options.recipe,
      "Recipe that bare weights were trained with, else mindspore for layout dem and gbu "
      "for others; a model knows its own");
  add_report_options(app, options.report);
  app.add_flag("--force",
               options.force,
               "Evaluate also where the model was trained on classes that the data call unseen");
  add_score_options(app, options.scores);
  app.add_option("--examples",
                 options.examples,
                 "Show so many unseen test images with their three nearest classes");
  app.add_option("--shuffle-classes",
                 options.shuffle_classes,
                 "Control: deal the class descriptions out anew among all classes, with this seed")
      ->check(seed_range());
  add_output_options(app, options.output);
  add_reference_options(app, options.reference);
  const std::string group = "Options of the reference without effect here";
  app.add_option("--batch-size", options.batch_size, "Ignored")->group(group);
  app.add_option("--epoch-size", options.epoch_size, "Ignored")->group(group);
  app.add_option("--interval-step", options.interval_step, "Ignored")->group(group);
  app.add_option("--file-format", options.file_format, "Ignored")->group(group);
}

// Whether these are the spaces that the model was trained with: one whose weight came to 0 is no
// part of a model, and the order is that of the weights.
bool has_spaces_of(const Model& model, const Dataset& dataset) {
  const auto weights = model.provenance.find("space_weights");
  if (weights == model.provenance.end()) return true;
  const auto count = std::count(weights->second.begin(), weights->second.end(), ' ') + 1;
  return static_cast<std::size_t>(count) == dataset.classes.spaces.size() &&
         model.class_map.spaces() == dataset.classes.spaces;
}

void warn_about_other_data(const Model& model, const EvalOptions& options, const Dataset& dataset) {
  const std::string trained_on = provenance(model, "data_fingerprint");
  // A control's descriptions are other data on purpose; a fingerprint is of all spaces.
  if (trained_on != "unknown" && has_spaces_of(model, dataset) &&
      trained_on != dataset.fingerprint && !options.shuffle_classes) {
    log(LogLevel::kWarning,
        "these are not the data that the model was trained with (fingerprint " + trained_on +
            ", got " + dataset.fingerprint + ")");
  }
  const auto shuffled = model.provenance.find("shuffle_classes");
  if (shuffled == model.provenance.end()) return;
  if (!options.shuffle_classes || std::to_string(*options.shuffle_classes) != shuffled->second) {
    log(LogLevel::kWarning,
        "the model was trained as a control, with --shuffle-classes " + shuffled->second);
  }
}

// A model without the fact was trained on descriptions as they were.
void take_missing(const Model& model, DataOptions& data) {
  const auto fact = model.provenance.find("missing_descriptions");
  const std::string known = fact == model.provenance.end() ? "keep" : fact->second;
  if (data.missing_descriptions && *data.missing_descriptions != known) {
    throw Error(ErrorKind::kInvalidArgument,
                "--missing-descriptions: expected " + known +
                    ", which the model was trained with, got " + *data.missing_descriptions);
  }
  data.missing_descriptions = known;
}

// What the model itself says need not be given, and cannot be given otherwise.
void take_from_model(const Model& model, const char* fact, const char* option, std::string& value) {
  const auto known = model.provenance.find(fact);
  if (known == model.provenance.end()) return;
  if (!value.empty() && value != known->second) {
    throw Error(ErrorKind::kInvalidArgument,
                std::string(option) + ": expected " + known->second +
                    ", which the model was trained with, got " + value);
  }
  value = known->second;
}

// Spaces of the model that neither the train mode nor --space gives are looked for in the data.
void take_spaces(const Model& model, DataOptions& data) {
  // A weight may have come to 0: the mode is that of what the model takes.
  if (model.class_map.join()) data.train_mode = to_string(train_mode_of(model.class_map.spaces()));
  std::vector<std::string> known =
      input_spaces(train_mode_from_string(data.train_mode.value_or("att")));
  for (const std::string& text : data.more_spaces) {
    known.push_back(space_source_from_string(text).name);
  }
  for (const std::string& space : model.class_map.spaces()) {
    const bool is_known = std::find(known.begin(), known.end(), space) != known.end();
    if (!is_known) data.more_spaces.push_back(space);
  }
}

// The model of a file that holds one, with the options that it answers filled in.
std::optional<Model> load_whole_model(const std::string& file, EvalOptions& options) {
  if (!holds_model(file)) return std::nullopt;
  Model model = load_model(file);
  std::string mode = options.data.train_mode.value_or("");
  take_from_model(model, "train_mode", "--train-mode", mode);
  if (!mode.empty()) options.data.train_mode = mode;
  options.data.attributes_of_model = options.data.attributes.value_or("");
  take_from_model(model, "attributes", "--attributes", options.data.attributes_of_model);
  take_from_model(model, "recipe", "--recipe", options.recipe);
  take_spaces(model, options.data);
  take_missing(model, options.data);
  return model;
}

void print(const EvalOptions& options,
           TrainMode mode,
           const Model& model,
           const Dataset& dataset,
           const EvaluationResult& result) {
  std::vector<Example> examples;
  const bool shows_examples = options.examples > 0;
  if (shows_examples) examples = find_examples(model, dataset, result.metric, options.examples);
  if (options.output.json) {
    std::cout << result_json(
        dataset,
        model,
        result,
        {.per_class = options.report.per_class, .examples = shows_examples ? &examples : nullptr});
    return;
  }
  std::cout << reference_line(dataset, mode, result) << '\n'
            << scores_text(dataset, model, result) << selection_text(model) << '\n';
  if (options.report.per_class) std::cout << '\n' << per_class_text(dataset, result);
  if (shows_examples) std::cout << '\n' << examples_text(dataset, examples);
}

// evaluate_model, saying which model and which data do not fit.
EvaluationResult evaluate(const Model& model,
                          const std::string& file,
                          const Dataset& dataset,
                          Metric metric,
                          const EvaluationOptions& options) {
  try {
    return evaluate_model(model, dataset, metric, group(), options);
  } catch (const Error& error) {
    if (!options.trained_unseen && !trained_unseen_classes(model, dataset).empty()) {
      throw AgreedError(error.kind(), error.what() + std::string(" (--force evaluates it)"));
    }
    if (error.kind() != ErrorKind::kShapeMismatch) throw;
    throw AgreedError(error.kind(),  // of widths, which all ranks see alike
                      file + " and dataset " + dataset.name + " do not fit: " + error.what());
  }
}

struct Loaded {
  std::string file;
  std::optional<Model> model;
  TrainMode train_mode = TrainMode::kAttribute;
  Dataset dataset;
};

// What bare weights do not tell, and which attributes are read. Weights are those of a network.
Recipe recipe_of(const EvalOptions& options, const DatasetOptions& data, bool bare_weights) {
  std::string name = options.recipe;
  if (name.empty()) {
    name = bare_weights ? default_network_recipe(data.layout) : default_recipe(data.layout);
  }
  Recipe recipe = make_recipe(name, data.name, data.train_mode);
  if (options.metric) recipe.metric = metric_from_string(*options.metric);
  return recipe;
}

Loaded load(EvalOptions& options) {
  check(options.reference);
  if (options.examples < 0) {
    throw Error(ErrorKind::kInvalidArgument,
                "--examples: expected 0 or more, got " + std::to_string(options.examples));
  }
  if (options.examples > 0 && group().size() > 1) {
    throw Error(ErrorKind::kInvalidArgument,
                "--examples: expected one process, got " + std::to_string(group().size()));
  }
  Loaded loaded;
  loaded.file = find_model_file(options.model);
  loaded.model = load_whole_model(loaded.file, options);
  DatasetOptions data = resolve(options.data);
  if (loaded.model) {
    data.missing_features = missing_features(options.data.missing_features, *loaded.model);
  }
  data.shard = {group().rank(), group().size()};
  loaded.train_mode = data.train_mode;
  const Recipe recipe = recipe_of(options, data, !loaded.model);
  data.original_attributes = wants_original_attributes(options.data, recipe.name);
  data.missing_descriptions = missing_descriptions(options.data, recipe.name);
  data.shuffle_classes = options.shuffle_classes;
  loaded.dataset = load_dataset(data);
  const Dataset& dataset = loaded.dataset;
  if (loaded.model) {
    warn_about_other_data(*loaded.model, options, dataset);
  } else {
    loaded.model = model_from_weights(loaded.file, dataset, recipe);
  }
  return loaded;
}

// Runs with different seeds have no one model to show.
void require_one_model(const EvalOptions& options) {
  const std::pair<bool, const char*> asked[] = {
      {options.examples > 0, "--examples"},
      {options.report.per_class, "--per-class"},
      {options.report.curve.has_value(), "--curve"},
      {options.report.confusion.has_value(), "--confusion"}};
  for (const auto& [is_asked, option] : asked) {
    if (!is_asked) continue;
    throw Error(ErrorKind::kInvalidArgument,
                std::string(option) + ": expected one model, got the runs of " + options.model +
                    ": name one of them, " + seed_runs(options.model)[0].folder + " say");
  }
}

// The model of another run of a folder; `first` is what the data were read for.
Model load_run(const SeedRun& run, const Model& first) {
  Model model = load_model(find_model_file(run.folder));
  for (const char* fact : {"recipe_json", "data_fingerprint", "train_mode"}) {
    if (provenance(model, fact) == provenance(first, fact)) continue;
    throw Error(ErrorKind::kInvalidArgument,
                run.folder + ": expected the same " + fact + " as the other runs there, " +
                    provenance(first, fact) + ", got " + provenance(model, fact));
  }
  return model;
}

// Every run of a folder, and what they come to together.
int run_eval_seeds(EvalOptions options, const std::vector<SeedRun>& runs) {
  Loaded loaded;
  EvaluationOptions evaluation;
  agree(group(), [&] {
    require_one_model(options);
    evaluation = evaluation_options(options.report);
    evaluation.trained_unseen = options.force;
    options.model = runs[0].folder;
    loaded = load(options);
    require_unseen_images(loaded.dataset);
    check_data(options.report, loaded.dataset);
    warn_of_hits(options.report, evaluation.hits, loaded.dataset);
  });
  std::vector<SeedResult> results;
  for (const SeedRun& run : runs) {
    Model model;
    agree(group(), [&] { model = load_run(run, *loaded.model); });
    const Metric metric = options.metric ? metric_from_string(*options.metric) : model.metric;
    const EvaluationResult result = evaluate(model, run.folder, loaded.dataset, metric, evaluation);
    results.push_back({run.seed, result, result_json(loaded.dataset, model, result)});
    if (!options.output.json) std::cout << seed_line(results.back());
  }
  std::cout << (options.output.json ? seeds_json(results) : seeds_text(results));
  return 0;
}

// Where there are no test images of unseen classes.
int print_seen_scores(const EvalOptions& options,
                      const Loaded& loaded,
                      const Model& model,
                      Metric metric) {
  const SeenScores scores = evaluate_seen_classes(model, loaded.dataset, metric, group());
  warn_of_model(model, loaded.dataset, nullptr);
  if (options.output.json) {
    std::cout << result_json(loaded.dataset, model, scores);
  } else {
    std::cout << seen_scores_text(loaded.dataset, scores) << selection_text(model) << '\n';
  }
  return 0;
}

int run_eval(EvalOptions options) {
  join_if_asked(options.reference);
  apply(options.output);
  const std::vector<SeedRun> runs = seed_runs(options.model);
  if (!runs.empty()) return run_eval_seeds(options, runs);
  Loaded loaded;
  EvaluationOptions evaluation;
  agree(group(), [&] {
    evaluation = evaluation_options(options.report);
    evaluation.trained_unseen = options.force;
    check_tables(options.report);
    loaded = load(options);
    check_data(options.report, loaded.dataset);
    warn_of_hits(options.report, evaluation.hits, loaded.dataset);
  });
  const Model& model = *loaded.model;
  const Metric metric = options.metric ? metric_from_string(*options.metric) : model.metric;
  if (!options.output.json) {
    std::cout << "============== Starting Evaluating ==============" << std::endl;
  }
  if (loaded.dataset.split.test_unseen.empty()) {
    return print_seen_scores(options, loaded, model, metric);
  }
  const EvaluationResult result = evaluate(model, loaded.file, loaded.dataset, metric, evaluation);
  warn_of_model(model, loaded.dataset, &result);
  print(options, loaded.train_mode, model, loaded.dataset, result);
  std::cout.flush();  // scores are there whatever becomes of the tables
  write_tables(options.report, loaded.dataset, result);
  return 0;
}

}  // namespace

void add_eval(CLI::App& program, Command& command_to_run) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* app = program.add_subcommand("eval", "Evaluate a model");
  add_options(*app, *options);
  app->callback([app, options, &command_to_run] {
    take_given(*app, options->data, options->scores);
    command_to_run = [options] {
      if (!options->scores.is_asked_for()) return run_eval(*options);
      join_if_asked(options->reference);
      apply(options->output);
      return run_eval_scores(options->scores, options->report, options->output.json);
    };
  });
}

}  // namespace dem::cli
