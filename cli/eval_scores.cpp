#include "eval_scores.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>

#include "common.h"
#include "processes.h"
#include "report.h"

namespace dem::cli {
namespace {

constexpr const char* kOfScores[] = {"--scores",
                                     "--labels",
                                     "--seen-classes",
                                     "--unseen-classes",
                                     "--class-names",
                                     "--distances",
                                     "--val-scores",
                                     "--val-labels",
                                     "--val-unseen-classes"};
constexpr const char* kOfModels[] = {"--data-path",
                                     "--dataset",
                                     "--train-mode",
                                     "--layout",
                                     "--features",
                                     "--word-vectors",
                                     "--space",
                                     "--missing-descriptions",
                                     "--missing-features",
                                     "--index-base",
                                     "--save-ckpt",
                                     "--metric",
                                     "--recipe",
                                     "--examples",
                                     "--shuffle-classes"};

[[noreturn]] void refuse_option(const std::string& option, const std::string& why) {
  throw Error(ErrorKind::kInvalidArgument, option + ": " + why);
}

void require_given(const std::string& value, const char* option) {
  if (value.empty()) refuse_option(option, "expected a file with --scores, got none");
}

bool has_validation(const ScoreOptions& files) {
  return !files.validation.scores.empty() || !files.validation.labels.empty() ||
         !files.validation_unseen_classes.empty();
}

void check_score_options(const ScoreEvalOptions& options, const ReportOptions& report) {
  const ScoreOptions& files = options.files;
  if (files.test.scores.empty()) {
    refuse_option(options.of_scores[0], "expected --scores with it, got none");
  }
  if (!options.of_models.empty()) {
    refuse_option(options.of_models[0], "is of a model and its data; expected none with --scores");
  }
  if (group().size() > 1) refuse_option("--scores", "expected one process, got several");
  require_given(files.test.labels, "--labels");
  require_given(files.seen_classes, "--seen-classes");
  require_given(files.unseen_classes, "--unseen-classes");
  const bool wants_validation = report.gamma == "val";
  if (wants_validation) {
    require_given(files.validation.scores, "--val-scores");
    require_given(files.validation.labels, "--val-labels");
    require_given(files.validation_unseen_classes, "--val-unseen-classes");
  } else if (has_validation(files)) {
    refuse_option("--gamma",
                  "expected val with validation scores, got " + report.gamma.value_or("none"));
  }
}

// What the report says of a model, here of scores.
Model described(const ScoreEvalOptions& options, double gamma, bool is_chosen) {
  Model model;
  model.gamma = static_cast<float>(gamma);
  model.provenance = {{"recipe", "scores " + options.files.test.scores},
                      {"selection", is_chosen ? "val" : "given"}};
  return model;
}

}  // namespace

void add_score_options(CLI::App& app, ScoreEvalOptions& options) {
  const std::string group = "Scores of another system, instead of a model and data";
  ScoreOptions& files = options.files;
  const auto add = [&](const char* name, std::string& value, const char* help) {
    app.add_option(name, value, help)->type_name("FILE")->group(group);
  };
  add("--scores", files.test.scores, "[images, classes] in one array of numbers; larger is better");
  add("--labels", files.test.labels, "The class of each image: 0-based columns, or names");
  add("--seen-classes", files.seen_classes, "Classes that the system was trained on");
  add("--unseen-classes", files.unseen_classes, "Classes that it has not met");
  add("--class-names",
      files.class_names,
      "Names of the columns, one a line; else those that the scores' file has");
  app.add_flag("--distances", files.distances, "Smaller is better")->group(group);
  add("--val-scores", files.validation.scores, "For --gamma val: scores of other images");
  add("--val-labels", files.validation.labels, "Their classes, all of --seen-classes");
  add("--val-unseen-classes",
      files.validation_unseen_classes,
      "The seen classes that the system which gave them had not met");
}

void take_given(const CLI::App& app, ScoreEvalOptions& options) {
  for (const char* name : kOfScores) {
    if (app.count(name) > 0) options.of_scores.emplace_back(name);
  }
  for (const char* name : kOfModels) {
    if (app.count(name) > 0) options.of_models.emplace_back(name);
  }
}

int run_eval_scores(const ScoreEvalOptions& options, ReportOptions report, bool json) {
  check_score_options(options, report);
  std::optional<double> gamma;
  if (report.gamma == "val") {
    gamma = gamma_of_scores(read_validation_scores(options.files));
    report.gamma.reset();
  }
  EvaluationOptions evaluation = evaluation_options(report);
  check_tables(report);
  const ScoredData scored = read_scores(options.files);
  check_data(report, scored.data);
  warn_of_hits(report, evaluation.hits, scored.data);
  const bool is_chosen = gamma.has_value();
  const double taken = is_chosen ? *gamma : evaluation.gamma.value_or(0.0);
  const EvaluationResult result = evaluate_scores(scored, taken, evaluation);
  const Model model = described(options, taken, is_chosen);
  if (json) {
    std::cout << result_json(scored.data, model, result, {.per_class = report.per_class});
  } else {
    std::cout << scores_text(scored.data, model, result, "scores");
    if (report.per_class) std::cout << '\n' << per_class_text(scored.data, result);
  }
  std::cout.flush();
  write_tables(report, scored.data, result);
  return 0;
}

}  // namespace dem::cli
