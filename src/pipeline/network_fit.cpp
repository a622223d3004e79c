#include "pipeline/network_fit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/eval/calibration.h"
#include "dem/eval/scores.h"
#include "dem/exchange/model_file.h"
#include "pipeline/begin_report.h"
#include "pipeline/distributed_checkpoints.h"
#include "pipeline/fit_output.h"
#include "pipeline/fitted_model.h"
#include "pipeline/held_out_judge.h"
#include "pipeline/phase_input.h"
#include "pipeline/run_log.h"
#include "pipeline/same_run.h"
#include "pipeline/saved_run.h"
#include "pipeline/selected_length.h"
#include "pipeline/share_saved_run.h"
#include "pipeline/temperature.h"

namespace dem {
namespace {

// Of an evaluation without images there is nothing to say.
std::string describe_saved(const SavedStatistics& saved, const Phase& phase) {
  const std::string images =
      concat("training on the statistics of ", saved.statistics.num_images(), " images; ");
  if (phase.watched_rows.empty()) return images + "there are no images to evaluate on";
  return concat(images,
                "the accuracy of an evaluation is that of ",
                phase.watched_rows.size(),
                " images of unseen classes, and is only watched");
}

class NetworkFit {
 public:
  NetworkFit(const Dataset& dataset, const FitOptions& options, const FitCallbacks& callbacks)
      : dataset_(dataset),
        group_(options.group != nullptr ? *options.group : self_communicator()),
        options_(of_rank(options, group_)),
        callbacks_(callbacks),
        input_(dataset, options_, group_),
        output_(options_),
        checkpoints_(options_),
        log_(output_.file("log.jsonl")),
        network_(options.recipe.network->network_spec(dataset.classes, dataset.feature_dim())),
        report_(begin_report(dataset, options_)) {}

  FitResult run() {
    require_same_run(group_, dataset_, options_);
    selection_.selected = options_.selected;
    if (options_.resume) {
      saved_ = load_saved_run(group_, output_.file("last.safetensors"), options_, dataset_);
      selection_ = saved_->selection;
      warn_of_other_ranks();
    }
    Phase training = training_phase(dataset_, options_.recipe);
    if (options_.recipe.selection == Selection::kValidation) {
      if (!selection_.selected) {
        if (const auto stopped = select(training)) return finish(FitPhase::kSelect, *stopped);
      }
      set_length(training, selection_.selected->steps);
    }
    later_steps_ = 0;
    return finish(FitPhase::kTrain, run_phase(training));
  }

  // Nothing where it was stopped.
  std::optional<SelectionOutcome> run_selection() {
    require_same_run(group_, dataset_, options_);
    if (select(training_phase(dataset_, options_.recipe))) return std::nullopt;
    return selection_.selected;
  }

 private:
  void warn_of_other_ranks() const {
    if (!group_.is_root() || saved_->ranks == group_.size()) return;
    log(LogLevel::kWarning,
        concat("the run was saved by ",
               saved_->ranks,
               " ranks and goes on with ",
               group_.size(),
               ": sums are added in another order, so what follows is equal to rounding, not to "
               "the bit"));
  }

  // Finds how many steps to train; returns a summary where it was stopped.
  std::optional<TrainSummary> select(const Phase& training) {
    const std::vector<Phase> folds = selection_phases(dataset_, options_.recipe, options_.seed);
    if (selection_.runs.size() > folds.size()) {
      throw Error(ErrorKind::kFormat,
                  concat("selection val: expected at most ",
                         folds.size(),
                         " runs in the saved state, got ",
                         selection_.runs.size()));
    }
    const std::size_t first = selection_.runs.empty() ? 0 : selection_.runs.size() - 1;
    for (std::size_t fold = first; fold < folds.size(); ++fold) {
      later_steps_ = training.total_steps();
      for (std::size_t later = fold + 1; later < folds.size(); ++later) {
        later_steps_ += folds[later].total_steps();
      }
      if (const auto stopped = run_fold(folds[fold], fold)) return stopped;
    }
    selection_.selected = outcome_of(folds, selection_.runs, training, solves());
    log(LogLevel::kInfo, describe(*selection_.selected));
    return std::nullopt;
  }

  std::optional<TrainSummary> run_fold(const Phase& phase, std::size_t fold) {
    selection_.runs.resize(fold + 1);
    const TrainSummary summary = run_phase(phase);
    if (!summary.finished()) return summary;
    saved_.reset();
    if (!summary.selected) {
      throw Error(ErrorKind::kNumerical, "selection val: no evaluation gave an accuracy");
    }
    // Held-out images of held-out seen classes are for the network what images of unseen classes
    // will be.
    selection_.runs[fold].temperature = temperature_on(phase.candidates, phase.watched_rows);
    return std::nullopt;
  }

  TrainSummary run_phase(const Phase& phase) {
    const SavedStatistics* saved = options_.saved_statistics;
    log(LogLevel::kInfo, saved != nullptr ? describe_saved(*saved, phase) : describe(phase));
    if (solves()) return solve_phase(phase);
    input_.take_images(phase);
    set_start(phase);
    return train(network_,
                 input_.images(phase, network_.spec()),
                 phase.recipe,
                 options_.seed,
                 callbacks_for(phase),
                 saved_ ? &saved_->state : nullptr);
  }

  TrainSummary solve_phase(const Phase& phase) {
    input_.take_statistics(phase);
    set_start(phase);
    SolverOptions solver = options_.statistics;
    solver.group = &group_;
    return train_from_statistics(network_,
                                 network_inputs(dataset_.classes, network_.spec()),
                                 input_.statistics(),
                                 phase.recipe,
                                 solver,
                                 callbacks_for(phase));
  }

  // The network's prototypes over the dataset's images as loaded.
  template <typename Use>
  auto with_scores(const Network& network, Use&& use) const {
    const Matrix<float> prototypes = class_prototypes(
        network, dataset_.classes, options_.recipe.network->float16_unseen_embeddings);
    const PrototypeSource scores(
        dataset_.visual_features, input_.feature_map(), prototypes, options_.recipe.metric);
    return use(scores);
  }

  [[nodiscard]] bool solves() const { return options_.solver == Solver::kStatistics; }

  void set_start(const Phase& phase) {
    if (!options_.init_file.empty()) {
      agree(group_, [&] {  // training starts from the root's
        if (group_.is_root()) load_weights(network_, options_.init_file);
      });
      return;
    }
    initialise(network_, *phase.recipe.network, input_.mean_feature(phase), options_.seed);
  }

  TrainCallbacks callbacks_for(const Phase& phase) {
    TrainCallbacks calls;
    calls.on_start = [this, &phase](const TrainingState& state) {
      agree(group_, [&] { start(phase, state); });
    };
    calls.on_step = [this, &phase](const StepReport& report) {
      step_ = report.step;
      if (report.step % options_.interval_step == 0) {
        log_.add_step(phase.id, report, fold_of(phase));
      }
      if (callbacks_.on_step) callbacks_.on_step(phase.id, report);
    };
    calls.on_epoch = [this, &phase](const EpochReport& report) {
      log_.add_epoch(phase.id, report, step_, fold_of(phase));
      if (callbacks_.on_epoch) callbacks_.on_epoch(phase.id, report);
    };
    calls.on_evaluate = [this, &phase](const Network& network) {
      return with_scores(network, [&](const ScoreSource& scores) { return judge(scores, phase); });
    };
    if (phase.watched_rows.empty()) calls.on_evaluate = {};
    calls.should_stop = callbacks_.should_stop;
    calls.wants_state = [this, &phase] {
      return output_.is_due() || (writes_checkpoints(phase) && checkpoints_.is_due(step_));
    };
    calls.on_state = [this, &phase](const TrainingState& state) {
      agree(group_, [&] { save(phase, state); });
    };
    return calls;
  }

  Judgement judge(const ScoreSource& scores, const Phase& phase) {
    if (phase.id == FitPhase::kTrain) {
      return candidate_accuracy(scores, phase.candidates, dataset_, phase.watched_rows, group_);
    }
    HeldOutEvaluation found = judge_held_out(scores, phase, dataset_, group_);
    found.step = step_;
    selection_.runs.back().evaluations.push_back(found);
    return {found.value, found.distance};
  }

  // Of a selection of several runs.
  static Index fold_of(const Phase& phase) { return phase.num_folds > 1 ? phase.fold : 0; }

  // Everything has been read and checked: from here on files are written. A phase that begins is
  // saved at once, so that what is resumed after any kill is this run and none before it. The
  // solver saves no state, and writes nothing before its end.
  void start(const Phase& phase, const TrainingState& state) {
    step_ = state.step;
    if (solves()) {
      output_.check();
    } else if (!output_.is_open()) {
      output_.open();
      saved_ ? log_.resume(phase.id, state.step, fold_of(phase)) : log_.start();
    }
    if (writes_checkpoints(phase)) checkpoints_.open(state.step, phase.steps_per_epoch());
    if (state.step == 0 && !solves()) save(phase, state);
    if (!callbacks_.on_phase) return;
    if (solves()) {
      const Index most = phase.recipe.network->max_steps > 0 ? phase.recipe.network->max_steps
                                                             : options_.statistics.max_iterations;
      callbacks_.on_phase(phase.id, {0, most, 1, phase.fold, phase.num_folds});
    } else {
      callbacks_.on_phase(phase.id,
                          {state.step,
                           phase.total_steps(),
                           phase.steps_per_epoch(),
                           phase.fold,
                           phase.num_folds,
                           later_steps_});
    }
  }

  void save(const Phase& phase, const TrainingState& state) {
    log_.flush();
    TrainingState noted = state;
    noted.notes = run_notes(options_, dataset_, phase.id, selection_);
    output_.save(noted, network_, [&] { return selected_model(state); });
    if (writes_checkpoints(phase) && state.step > 0) {
      checkpoints_.add(state, network_, state.step >= phase.total_steps());
    }
  }

  [[nodiscard]] bool writes_checkpoints(const Phase& phase) const {
    return options_.distributed_checkpoints && phase.id == FitPhase::kTrain;
  }

  // Of the weights that the state selects so far.
  [[nodiscard]] Model selected_model(const TrainingState& state) const {
    Network selected = network_.clone();
    const std::vector<float>& weights =
        state.best_parameters.empty() ? state.parameters : state.best_parameters;
    std::copy(weights.begin(), weights.end(), selected.parameters().begin());
    RunReport report = report_;
    report.validation = selection_.selected;
    report.summary.epochs = state.epoch;
    report.summary.steps = state.step;
    report.summary.selected_epoch = state.best_parameters.empty() ? state.epoch : state.best_epoch;
    return make_model(std::move(selected), input_.feature_map(), dataset_.classes, report);
  }

  FitResult finish(FitPhase phase, const TrainSummary& summary) {
    FitResult result;
    result.report = report_of(phase, summary);
    result.model =
        make_model(network_.clone(), input_.feature_map(), dataset_.classes, result.report);
    if (summary.finished()) calibrate(result);
    result.model.provenance = result.report.provenance();
    agree(group_, [&] {
      if (solves() && summary.finished() && callbacks_.on_write) callbacks_.on_write();
    });
    agree(group_, [&] { write(result); });
    return result;
  }

  void write(const FitResult& result) {
    if (solves()) {
      if (!result.report.finished()) return;
      output_.open();
      log_.start();
    }
    log_.flush();
    output_.finish(result);
  }

  [[nodiscard]] float temperature_on(std::span<const ClassId> candidates,
                                     std::span<const Index> rows) const {
    return with_scores(network_, [&](const ScoreSource& scores) {
      return fit_temperature(scores, candidates, dataset_, rows, group_);
    });
  }

  // On held-out classes where a selection has set some aside, else on the training images.
  void calibrate(FitResult& result) const {
    if (selection_.selected && selection_.selected->temperature > 0.0f) {
      result.model.temperature = selection_.selected->temperature;
      result.report.calibration = kHeldOutCalibration;
    } else {
      calibrate_on_training(dataset_, group_, result.model, result.report);
    }
  }

  [[nodiscard]] RunReport report_of(FitPhase phase, const TrainSummary& summary) const {
    RunReport report = report_;
    const Recipe& recipe = options_.recipe;
    report.summary = summary;
    if (phase == FitPhase::kTrain) report.selection = to_string(recipe.selection);
    if (const auto& selected = selection_.selected) {
      report.validation = selected;
      report.selected_accuracy = selected->value;
      if (recipe.gamma.by == GammaChoice::By::kValidation) {
        report.chosen["gamma"] = shortest_text(static_cast<float>(selected->gamma));
      }
    }
    if (summary.selected) report.selected_accuracy = summary.best_accuracy;
    if (recipe.selection != Selection::kTest || summary.selected) return report;
    report.selection = to_string(Selection::kLast);
    report.selection_note = none_passed(recipe, summary);
    if (report.finished()) {
      log(LogLevel::kWarning,
          concat(report.selection_note, "; the model is that of the last epoch"));
    }
    return report;
  }

  static std::string none_passed(const Recipe& recipe, const TrainSummary& summary) {
    return concat("no epoch's test accuracy beat ",
                  recipe.selection_threshold,
                  " (best: ",
                  summary.best_accuracy ? concat(*summary.best_accuracy) : "none evaluated",
                  ")");
  }

  const Dataset& dataset_;
  Communicator& group_;
  const FitOptions options_;
  const FitCallbacks& callbacks_;
  PhaseInput input_;  // of the run under way
  FitOutput output_;
  DistributedCheckpoints checkpoints_;
  RunLog log_;
  Network network_;
  const RunReport report_;         // as the run begins
  std::optional<SavedRun> saved_;  // what the next phase goes on from
  SelectionProgress selection_;
  Index later_steps_ = 0;  // of the runs that follow the one under way, at most
  Index step_ = 0;
};

}  // namespace

FitResult fit_network(const Dataset& dataset,
                      const FitOptions& options,
                      const FitCallbacks& callbacks) {
  return NetworkFit(dataset, options, callbacks).run();
}

std::optional<SelectionOutcome> select_network(const Dataset& dataset,
                                               const FitOptions& options,
                                               const FitCallbacks& callbacks) {
  return NetworkFit(dataset, options, callbacks).run_selection();
}

}  // namespace dem
