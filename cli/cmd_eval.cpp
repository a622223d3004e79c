// dem eval: a model's scores on a dataset.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "recipe_options.h"
#include "report.h"

namespace dem::cli {
namespace {

struct EvalOptions {
  OutputOptions output;
  DataOptions data;
  RecipeOptions recipe;
  ReferenceOptions reference;
  std::string model = "../output";
  std::optional<std::uint64_t> shuffle_classes;
  bool per_class = false;
  Index examples = 0;
  // Of the reference's one parser; they mean nothing for an evaluation.
  Index interval_step = 0;
  std::string file_format;
};

void add_options(CLI::App& app, EvalOptions& options) {
  add_data_options(app, options.data);
  app.add_option("--save-ckpt",
                 options.model,
                 "Model folder, model.safetensors, or weights (.ckpt, .safetensors)")
      ->capture_default_str();
  app.add_option("--metric", options.recipe.metric, "euclidean or cosine; else the model's");
  app.add_option("--recipe",
                 options.recipe.recipe,
                 "Recipe that bare weights were trained with; else the layout's default");
  app.add_flag("--per-class", options.per_class, "A line a class");
  app.add_option("--examples",
                 options.examples,
                 "Show so many unseen test images with their three nearest classes");
  app.add_option("--shuffle-classes",
                 options.shuffle_classes,
                 "Control: deal the class descriptions out anew among all classes, with this seed");
  add_output_options(app, options.output);
  add_reference_options(app, options.reference);
  const std::string group = "Options of the reference without effect here";
  app.add_option("--batch-size", options.recipe.batch_size, "Ignored")->group(group);
  app.add_option("--epoch-size", options.recipe.num_epochs, "Ignored")->group(group);
  app.add_option("--interval-step", options.interval_step, "Ignored")->group(group);
  app.add_option("--file-format", options.file_format, "Ignored")->group(group);
}

bool holds_model(const std::string& file) {
  for (const auto& [key, value] : inspect_file(file).metadata) {
    if (key == "format" && value.rfind("dem model", 0) == 0) return true;
  }
  return false;
}

// Unseen test images spread evenly over the list, each with the names of its nearest classes.
void print_examples(const Model& model, const Dataset& dataset, Metric metric, Index count) {
  const auto& rows = dataset.split.test_unseen;
  const auto total = static_cast<Index>(rows.size());
  std::vector<Index> chosen;
  for (Index i = 0; i < std::min(count, total); ++i) {
    chosen.push_back(rows[static_cast<std::size_t>(i * total / std::min(count, total))]);
  }
  const Matrix<float> all =
      class_prototypes(model.network, dataset.classes, model.float16_unseen_embeddings);
  const auto& candidates = dataset.unseen_classes;
  Matrix<float> prototypes(static_cast<Index>(candidates.size()), all.cols());
  for (Index i = 0; i < prototypes.rows(); ++i) {
    const auto source = all.row(candidates[static_cast<std::size_t>(i)]);
    std::copy(source.begin(), source.end(), prototypes.row(i).begin());
  }
  const Index k = std::min<Index>(3, prototypes.rows());
  const Matrix<std::int32_t> nearest =
      nearest_prototypes(dataset.visual_features, chosen, prototypes, k, metric);
  const auto name = [&](ClassId id) { return dataset.classes.names[static_cast<std::size_t>(id)]; };
  std::cout << "\nimages of classes never seen, and the nearest of " << candidates.size()
            << " unseen classes:\n";
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const ClassId truth = dataset.labels[static_cast<std::size_t>(chosen[i])];
    std::cout << "  row " << chosen[i] << ", " << name(truth) << ": ";
    for (Index j = 0; j < k; ++j) {
      const ClassId guess = candidates[static_cast<std::size_t>(nearest(static_cast<Index>(i), j))];
      std::cout << (j > 0 ? ", " : "") << name(guess) << (guess == truth ? " (right)" : "");
    }
    std::cout << '\n';
  }
}

void warn_about_other_data(const Model& model, const Dataset& dataset) {
  const std::string trained_on = provenance(model, "data_fingerprint");
  if (trained_on == "unknown" || trained_on == dataset.fingerprint) return;
  log(LogLevel::kWarning,
      "these are not the data that the model was trained with (fingerprint " + trained_on +
          ", got " + dataset.fingerprint + ")");
}

int run_eval(EvalOptions options) {
  apply(options.output);
  check(options.reference);
  if (options.examples < 0) {
    throw Error(ErrorKind::kInvalidArgument,
                "--examples: expected 0 or more, got " + std::to_string(options.examples));
  }
  const std::string file = find_model_file(options.model);
  std::optional<Model> model;
  if (holds_model(file)) {
    model = load_model(file);
    if (model->provenance.count("train_mode") > 0) {
      options.data.train_mode = provenance(*model, "train_mode");
    }
    if (options.recipe.recipe.empty()) options.recipe.recipe = provenance(*model, "recipe");
  }
  DatasetOptions data = resolve(options.data);
  const Recipe recipe = resolve(options.recipe, data);
  data.original_attributes = recipe.original_attributes;
  Dataset dataset = load_dataset(data);
  if (model) {
    warn_about_other_data(*model, dataset);
  } else {
    model = model_from_weights(file, dataset, data.train_mode, recipe);
  }
  if (options.shuffle_classes) shuffle_class_embeddings(dataset.classes, *options.shuffle_classes);
  const Metric metric =
      options.recipe.metric ? metric_from_string(*options.recipe.metric) : model->metric;
  if (!options.output.json) {
    std::cout << "============== Starting Evaluating ==============" << std::endl;
  }
  const EvaluationResult result = evaluate_model(*model, dataset, metric);
  if (options.output.json) {
    std::cout << result_json(dataset, *model, result);
    return 0;
  }
  std::cout << reference_line(dataset, data.train_mode, result) << '\n'
            << scores_text(result) << selection_text(*model) << '\n';
  if (options.per_class) std::cout << '\n' << per_class_text(dataset, result);
  if (options.examples > 0) print_examples(*model, dataset, metric, options.examples);
  return 0;
}

}  // namespace

void add_eval(CLI::App& program, int& exit_status) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* app = program.add_subcommand("eval", "Evaluate a model");
  add_options(*app, *options);
  app->callback([options, &exit_status] { exit_status = run_eval(*options); });
}

}  // namespace dem::cli
