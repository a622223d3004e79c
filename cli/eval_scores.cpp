#include "eval_scores.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>

#include "common.h"
#include "processes.h"
#include "report.h"

namespace dem::cli {
namespace {

// Beside --labels, which both have.
constexpr const char* kOfScores[] = {"--scores",
                                     "--seen-classes",
                                     "--unseen-classes",
                                     "--class-names",
                                     "--distances",
                                     "--val-scores",
                                     "--val-labels",
                                     "--val-unseen-classes"};
// Beside those of data.
constexpr const char* kOfModels[] = {
    "--save-ckpt", "--metric", "--recipe", "--examples", "--shuffle-classes"};

[[noreturn]] void refuse_option(const std::string& option, const std::string& why) {
  throw Error(ErrorKind::kInvalidArgument, option + ": " + why);
}

void require_given(const std::string& value,
                   const char* option,
                   const std::string& with = "--scores") {
  if (value.empty()) refuse_option(option, "expected a file with " + with + ", got none");
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
    require_given(files.validation.scores, "--val-scores", "--gamma val");
    require_given(files.validation.labels, "--val-labels", "--gamma val");
    require_given(files.validation_unseen_classes, "--val-unseen-classes", "--gamma val");
  } else if (has_validation(files)) {
    refuse_option("--gamma",
                  "expected val with validation scores, got " + report.gamma.value_or("none"));
  }
}

// Columns that nobody asked for, and scores that single precision cannot tell apart.
void warn_of_scores(const ScoredData& scored) {
  const Dataset& data = scored.data;
  const auto listed = data.seen_classes.size() + data.unseen_classes.size();
  if (listed < data.classes.names.size()) {
    log(LogLevel::kWarning,
        data.name + ": " + std::to_string(data.classes.names.size() - listed) + " of " +
            std::to_string(data.classes.names.size()) +
            " columns are in neither list of classes and are left out");
  }
  Index tied = 0;
  for (const Index row : data.split.test_unseen) {
    float best = -std::numeric_limits<float>::infinity();
    Index count = 0;
    for (const ClassId c : data.unseen_classes) {
      const float score = scored.scores(row, c);
      count = score > best ? 1 : count + (score == best ? 1 : 0);
      best = std::max(best, score);
    }
    tied += count > 1 ? 1 : 0;
  }
  if (tied == 0) return;
  log(LogLevel::kWarning,
      data.name + ": of " + std::to_string(tied) + " of " +
          std::to_string(data.split.test_unseen.size()) +
          " unseen images several unseen classes have the best score, in single precision; the "
          "first of them is taken (probabilities near 0 are alike there: give logits)");
}

// What the report says of a model, here of scores.
Model described(const ScoreEvalOptions& options, double gamma, const char* selection) {
  Model model;
  model.gamma = static_cast<float>(gamma);
  model.provenance = {{"recipe", "scores " + options.files.test.scores}, {"selection", selection}};
  return model;
}

}  // namespace

void add_score_options(CLI::App& app, ScoreEvalOptions& options) {
  const std::string group = "Scores of another system, instead of a model and data";
  ScoreOptions& files = options.files;
  const auto add = [&](const char* name, std::string& value, const char* help) {
    app.add_option(name, value, help)->type_name("FILE")->group(group);
  };
  add("--scores",
      files.test.scores,
      "[images, classes] in one array of numbers, larger is better; --labels gives the class of "
      "each "
      "image, 0-based columns or names");
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

void take_given(const CLI::App& app, const DataOptions& data, ScoreEvalOptions& options) {
  options.files.test.labels = data.dataset.labels_file;
  options.of_scores = given_of(app, kOfScores);
  options.of_models = given_of(app, kDataOptions);
  std::erase(options.of_models, "--labels");
  const std::vector<std::string> others = given_of(app, kOfModels);
  options.of_models.insert(options.of_models.end(), others.begin(), others.end());
}

int run_eval_scores(const ScoreEvalOptions& options, ReportOptions report, bool json) {
  check_score_options(options, report);
  const bool wants_validation = report.gamma == "val";
  if (wants_validation) report.gamma.reset();
  const EvaluationOptions evaluation = evaluation_options(report);
  check_tables(report);
  const ScoredData scored = read_scores(options.files);
  require_unseen_images(scored.data);
  check_data(report, scored.data);
  warn_of_hits(report, evaluation.hits, scored.data);
  warn_of_scores(scored);
  std::optional<double> gamma;
  if (wants_validation) gamma = gamma_of_scores(read_validation_scores(options.files), scored);
  const bool is_chosen = gamma.has_value();
  const double taken = is_chosen ? *gamma : evaluation.gamma.value_or(0.0);
  const EvaluationResult result = evaluate_scores(scored, taken, evaluation);
  const Model model = described(options,
                                taken,
                                is_chosen          ? "val"
                                : evaluation.gamma ? "given"
                                                   : "none");
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
