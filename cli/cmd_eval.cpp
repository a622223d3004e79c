// dem eval: a model's scores on a dataset.

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "examples.h"
#include "output_file.h"
#include "processes.h"
#include "report.h"

namespace dem::cli {
namespace {

constexpr const char* kHits = "1,2,5,10,20";

struct EvalOptions {
  OutputOptions output;
  DataOptions data;
  std::optional<std::string> metric;
  std::string recipe;  // empty: the model's own, or that of the layout's networks
  ReferenceOptions reference;
  std::string model = "../output";
  std::optional<std::uint64_t> shuffle_classes;
  bool per_class = false;
  std::optional<std::string> hits;              // empty: kHits
  std::optional<std::string> gamma;             // empty: the model's
  std::optional<std::string> curve, confusion;  // files to write
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
                 "Model folder, model.safetensors, or weights (.ckpt, .safetensors)")
      ->capture_default_str();
  app.add_option("--metric", options.metric, "euclidean, cosine or dot; else the model's");
  app.add_option(
      "--recipe",
      options.recipe,
      "Recipe that bare weights were trained with, else mindspore for layout dem and gbu "
      "for others; a model knows its own");
  app.add_option("--gamma",
                 options.gamma,
                 "Number to take off the scores of seen classes, or none; else the model's");
  app.add_option("--hits", options.hits, "The k of hit@k, commas between")->default_str(kHits);
  app.add_flag("--per-class", options.per_class, "A line a class, accuracies of both protocols");
  app.add_option("--curve",
                 options.curve,
                 "File to write with U and S for every gamma (CSV), whole or not at all")
      ->check(some_name());
  app.add_option("--confusion",
                 options.confusion,
                 "File to write with how many images of a class go to which (CSV)")
      ->check(some_name());
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

void warn_about_other_data(const Model& model, const EvalOptions& options, const Dataset& dataset) {
  const std::string trained_on = provenance(model, "data_fingerprint");
  // A control's descriptions are other data on purpose.
  if (trained_on != "unknown" && trained_on != dataset.fingerprint && !options.shuffle_classes) {
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
        {.per_class = options.per_class, .examples = shows_examples ? &examples : nullptr});
    return;
  }
  std::cout << reference_line(dataset, mode, result) << '\n'
            << scores_text(dataset, model, result) << selection_text(model) << '\n';
  if (options.per_class) std::cout << '\n' << per_class_text(dataset, result);
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
    if (error.kind() != ErrorKind::kShapeMismatch) throw;
    throw AgreedError(error.kind(),  // of widths, which all ranks see alike
                      file + " and dataset " + dataset.name + " do not fit: " + error.what());
  }
}

// "1,2,5".
std::vector<Index> parse_hits(const std::string& text) {
  std::vector<Index> hits;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    Index k = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), k);
    if (error != std::errc() || end != part.data() + part.size() || k < 1) {
      throw Error(ErrorKind::kInvalidArgument,
                  "--hits: expected numbers of at least 1 with commas between, got " + text);
    }
    hits.push_back(k);
  }
  if (hits.empty() || text.back() == ',') {
    throw Error(ErrorKind::kInvalidArgument,
                "--hits: expected a number, got none" +
                    (hits.empty() ? std::string() : " behind the last comma of " + text));
  }
  return hits;
}

std::optional<double> parse_gamma(const std::optional<std::string>& given) {
  if (!given) return std::nullopt;
  const std::string& text = *given;
  if (text == "none") return 0.0;
  double gamma = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), gamma);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(gamma)) {
    return gamma;
  }
  throw Error(ErrorKind::kInvalidArgument,
              "--gamma: expected a finite number or none, got " + text);
}

EvaluationOptions evaluation_options(const EvalOptions& options) {
  return {.hits = parse_hits(options.hits.value_or(kHits)),
          .gamma = parse_gamma(options.gamma),
          .oracle = true,
          .curve = options.curve.has_value(),
          .confusion = options.confusion.has_value()};
}

// Before anything is read. The root writes.
void check_tables(const EvalOptions& options) {
  if (!group().is_root()) return;
  const auto check = [](const char* option, const std::optional<std::string>& path) {
    if (!path) return;
    if (*path == "-") {
      throw Error(ErrorKind::kInvalidArgument,
                  std::string(option) + ": expected a file, got -, which has the scores");
    }
    require_output_file(option, *path);
  };
  check("--curve", options.curve);
  check("--confusion", options.confusion);
  if (options.curve && options.confusion && is_same_file(*options.curve, *options.confusion)) {
    throw Error(ErrorKind::kInvalidArgument,
                "--confusion: expected another file than --curve, got " + *options.confusion);
  }
}

// What has a meaning only for data of one kind or another.
void check_data(const EvalOptions& options, const Dataset& dataset) {
  if (dataset.split.test_unseen.empty()) {
    throw Error(ErrorKind::kFormat,
                "dataset " + dataset.name +
                    ": expected test images of unseen classes, got none: there is nothing to "
                    "evaluate");
  }
  if (!dataset.split.test_seen.empty()) return;
  const std::pair<bool, const char*> options_of_both[] = {{options.curve.has_value(), "--curve"},
                                                          {options.gamma.has_value(), "--gamma"}};
  for (const auto& [is_given, name] : options_of_both) {
    if (!is_given) continue;
    throw Error(ErrorKind::kInvalidArgument,
                std::string(name) +
                    ": expected data with test images of seen classes, got none in "
                    "dataset " +
                    dataset.name);
  }
}

void warn_of_hits(const EvalOptions& options,
                  const std::vector<Index>& hits,
                  const Dataset& dataset) {
  if (!options.hits) return;
  auto most = static_cast<Index>(dataset.unseen_classes.size());
  if (!dataset.split.test_seen.empty()) most += static_cast<Index>(dataset.seen_classes.size());
  for (const Index k : hits) {
    if (k < most) continue;
    log(LogLevel::kWarning,
        "--hits: " + std::to_string(k) + " is left out, since the images of dataset " +
            dataset.name + " go to " + std::to_string(most) + " classes");
  }
}

// All ranks call it; the root writes.
void write_tables(const EvalOptions& options,
                  const Dataset& dataset,
                  const EvaluationResult& result) {
  agree(group(), [&] {
    if (!group().is_root()) return;
    if (options.curve) write_curve(result.curve, *options.curve);
    if (options.confusion) {
      write_confusion(result.confusion, dataset.classes, *options.confusion);
    }
  });
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
  data.original_attributes = takes_original_attributes(recipe.name);
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

int run_eval(EvalOptions options) {
  join_if_asked(options.reference);
  apply(options.output);
  Loaded loaded;
  EvaluationOptions evaluation;
  agree(group(), [&] {
    evaluation = evaluation_options(options);
    check_tables(options);
    loaded = load(options);
    check_data(options, loaded.dataset);
    warn_of_hits(options, evaluation.hits, loaded.dataset);
  });
  const Model& model = *loaded.model;
  const Metric metric = options.metric ? metric_from_string(*options.metric) : model.metric;
  if (!options.output.json) {
    std::cout << "============== Starting Evaluating ==============" << std::endl;
  }
  const EvaluationResult result = evaluate(model, loaded.file, loaded.dataset, metric, evaluation);
  print(options, loaded.train_mode, model, loaded.dataset, result);
  std::cout.flush();  // scores are there whatever becomes of the tables
  write_tables(options, loaded.dataset, result);
  return 0;
}

}  // namespace

void add_eval(CLI::App& program, Command& command_to_run) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* app = program.add_subcommand("eval", "Evaluate a model");
  add_options(*app, *options);
  app->callback(
      [options, &command_to_run] { command_to_run = [options] { return run_eval(*options); }; });
}

}  // namespace dem::cli
