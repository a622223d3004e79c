#include "dem/pipeline/fit.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/exchange/model_file.h"
#include "pipeline/fit_output.h"
#include "pipeline/run_log.h"

namespace dem {
namespace {

// What one of a fit's training runs trains on and goes by.
struct Phase {
  FitPhase id;
  Recipe recipe;
  std::vector<Index> rows;
  std::vector<Index> watched_rows;
  std::vector<ClassId> candidates;
};

Index steps_per_epoch(const Recipe& recipe, std::size_t rows) {
  const auto n = static_cast<Index>(rows);
  return recipe.drop_last ? n / recipe.batch_size : (n + recipe.batch_size - 1) / recipe.batch_size;
}

std::vector<float> mean_feature(MatrixView<const float> features, std::span<const Index> rows) {
  std::vector<double> sums(static_cast<std::size_t>(features.cols()));
  for (const Index row : rows) {
    const std::span<const float> feature = features.row(row);
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += double{feature[j]};
  }
  std::vector<float> mean(sums.size());
  for (std::size_t j = 0; j < sums.size(); ++j) {
    mean[j] = static_cast<float>(sums[j] / static_cast<double>(rows.size()));
  }
  return mean;
}

// The recipe as a resumed run must have it: all but how long to train.
std::string comparable(const std::string& recipe_json) {
  nlohmann::json recipe = nlohmann::json::parse(recipe_json);
  recipe.erase("num_epochs");
  recipe.erase("max_steps");
  return recipe.dump();
}

class Fitting {
 public:
  Fitting(Dataset& dataset, const FitOptions& options, const FitCallbacks& callbacks)
      : dataset_(dataset),
        options_(options),
        callbacks_(callbacks),
        scaling_(scale(dataset, options.recipe)),
        output_(options, dataset, scaling_),
        log_(output_.file("log.jsonl")),
        network_(options.recipe.network_spec(dataset.classes, dataset.feature_dim())) {}

  FitResult run() {
    std::optional<TrainingState> state = load_state();
    if (!state) log_.start();
    Index steps = options_.recipe.max_steps;
    if (options_.recipe.selection == Selection::kValidation) {
      if (const auto stopped = select(state, steps)) return finish(*stopped);
    }
    return finish(run_phase(training_phase(steps), state ? &*state : nullptr));
  }

 private:
  static FeatureScaling scale(Dataset& dataset, const Recipe& recipe) {
    recipe.validate();
    if (dataset.features_scaled) {
      throw Error(ErrorKind::kInvalidArgument, "fit: expected features as loaded, got scaled ones");
    }
    FeatureScaling scaling = FeatureScaling::fit(
        recipe.feature_scaling, dataset.visual_features, dataset.split.trainval);
    scaling.apply(dataset.visual_features);
    dataset.features_scaled = true;
    return scaling;
  }

  // The state to go on from; nothing for a new run.
  std::optional<TrainingState> load_state() {
    if (!options_.resume) return std::nullopt;
    const std::string path = output_.file("last.safetensors");
    TrainingState state = load_training_state(path, network_.spec());
    const auto require =
        [&](const char* what, const std::string& expected, const std::string& got) {
          if (expected == got) return;
          throw Error(ErrorKind::kInvalidArgument,
                      concat(path, ": to resume, expected ", what, " ", expected, ", got ", got));
        };
    require("data fingerprint", state.notes["data_fingerprint"], dataset_.fingerprint);
    require("seed", std::to_string(state.seed), std::to_string(options_.seed));
    require(
        "recipe", comparable(state.notes["recipe_json"]), comparable(options_.recipe.to_json()));
    const FitPhase phase = state.notes["phase"] == phase_name(FitPhase::kSelect) ? FitPhase::kSelect
                                                                                 : FitPhase::kTrain;
    log_.resume(phase, state.step);
    return state;
  }

  // Finds how many steps to train; returns a summary where it was stopped. A state of the select
  // phase is used up, one of the train phase already knows the answer.
  std::optional<TrainSummary> select(std::optional<TrainingState>& state, Index& steps) {
    if (state && state->notes["phase"] == phase_name(FitPhase::kTrain)) {
      steps = std::stoll(state->notes["selected_steps"]);
    } else {
      const Phase phase = selection_phase();
      const TrainSummary summary = run_phase(phase, state ? &*state : nullptr);
      if (summary.stop_reason == StopReason::kStopped) return summary;
      state.reset();
      // As many passes over all seen classes as were best over a part of them.
      const double passes = static_cast<double>(summary.selected_step) /
                            static_cast<double>(steps_per_epoch(phase.recipe, phase.rows.size()));
      steps = std::max<Index>(
          1,
          std::llround(passes * static_cast<double>(steps_per_epoch(
                                    options_.recipe, dataset_.split.trainval.size()))));
      log(LogLevel::kInfo,
          concat("validation: best accuracy ",
                 summary.best_accuracy,
                 " on held-out seen classes "
                 "after ",
                 passes,
                 " epochs; training on all seen classes for ",
                 steps,
                 " steps"));
    }
    selected_steps_ = steps;
    return std::nullopt;
  }

  Phase selection_phase() const {
    const ValidationSplit split = validation_split(dataset_, options_.seed);
    Phase phase{
        FitPhase::kSelect, options_.recipe, split.train_rows, split.val_rows, split.val_classes};
    phase.recipe.selection_threshold = -1.0;  // the first evaluation is the first best
    return phase;
  }

  Phase training_phase(Index steps) const {
    Phase phase{FitPhase::kTrain,
                options_.recipe,
                dataset_.split.trainval,
                dataset_.split.test_unseen,
                dataset_.unseen_classes};
    if (options_.recipe.selection == Selection::kValidation) {
      phase.recipe.selection = Selection::kLast;
      phase.recipe.max_steps = steps;
    }
    return phase;
  }

  TrainSummary run_phase(const Phase& phase, const TrainingState* state) {
    const bool selects = phase.recipe.selection != Selection::kLast;
    log(LogLevel::kInfo,
        concat("training on ",
               phase.rows.size(),
               " images; the accuracy of an epoch is that of ",
               phase.watched_rows.size(),
               " images among ",
               phase.candidates.size(),
               phase.id == FitPhase::kSelect ? " held-out seen classes" : " unseen classes",
               selects ? ", and selects the weights" : ", and is only watched"));
    set_start(phase);
    const TrainingSet data{dataset_.visual_features.view(),
                           dataset_.labels,
                           phase.rows,
                           network_inputs(dataset_.classes, network_.spec())};
    return train(network_, data, phase.recipe, options_.seed, callbacks_for(phase), state);
  }

  void set_start(const Phase& phase) {
    if (!options_.init_file.empty()) {
      load_weights(network_, options_.init_file);
      return;
    }
    initialise(
        network_, phase.recipe, mean_feature(dataset_.visual_features, phase.rows), options_.seed);
  }

  TrainCallbacks callbacks_for(const Phase& phase) {
    TrainCallbacks calls;
    calls.on_step = [this, &phase](const StepReport& report) {
      step_ = report.step;
      if (report.step % options_.interval_step == 0) log_.add_step(phase.id, report);
      if (callbacks_.on_step) callbacks_.on_step(phase.id, report);
    };
    calls.on_epoch = [this, &phase](const EpochReport& report) {
      log_.add_epoch(phase.id, report, step_);
      if (callbacks_.on_epoch) callbacks_.on_epoch(phase.id, report);
    };
    calls.on_evaluate = [this, &phase](const Network& network) {
      const Matrix<float> prototypes =
          class_prototypes(network, dataset_.classes, options_.recipe.float16_unseen_embeddings);
      return candidate_accuracy(
          prototypes, phase.candidates, dataset_, phase.watched_rows, options_.recipe.metric);
    };
    calls.should_stop = callbacks_.should_stop;
    calls.wants_state = [this] { return output_.is_due(); };
    calls.on_state = [this, &phase](const TrainingState& state) { save(phase, state); };
    return calls;
  }

  void save(const Phase& phase, const TrainingState& state) {
    log_.flush();
    TrainingState noted = state;
    noted.notes = {{"phase", phase_name(phase.id)},
                   {"selected_steps", std::to_string(selected_steps_)},
                   {"recipe_json", options_.recipe.to_json()},
                   {"data_fingerprint", dataset_.fingerprint}};
    output_.save(noted, network_);
  }

  FitResult finish(const TrainSummary& summary) {
    FitResult result;
    result.summary = summary;
    result.finished = summary.stop_reason == StopReason::kFinished;
    result.model = output_.make_model(network_.clone(), selection_facts(result));
    log_.flush();
    output_.finish(result);
    return result;
  }

  std::map<std::string, std::string> selection_facts(const FitResult& result) const {
    const Recipe& recipe = options_.recipe;
    const TrainSummary& summary = result.summary;
    std::map<std::string, std::string> facts{
        {"status", result.finished ? "finished" : "unfinished"},
        {"selection", std::string(to_string(recipe.selection))},
        {"epochs", std::to_string(summary.epochs)},
        {"steps", std::to_string(summary.steps)},
        {"selected_epoch", std::to_string(summary.selected_epoch)}};
    if (recipe.selection == Selection::kTest && !summary.selected) {
      facts["selection"] = "last";
      facts["selection_note"] =
          concat("selection test was asked for, and no epoch beat ", recipe.selection_threshold);
      log(LogLevel::kWarning,
          concat("no epoch's test accuracy beat ",
                 recipe.selection_threshold,
                 " (best: ",
                 summary.best_accuracy,
                 "); the model is that of the last epoch"));
    }
    return facts;
  }

  Dataset& dataset_;
  const FitOptions& options_;
  const FitCallbacks& callbacks_;
  FeatureScaling scaling_;
  FitOutput output_;
  RunLog log_;
  Network network_;
  Index step_ = 0;
  Index selected_steps_ = 0;
};

}  // namespace

FitResult fit(Dataset& dataset, const FitOptions& options, const FitCallbacks& callbacks) {
  if (options.interval_step < 1) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("interval_step: expected at least 1, got ", options.interval_step));
  }
  return Fitting(dataset, options, callbacks).run();
}

}  // namespace dem
