#include "dem/pipeline/fit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/stopwatch.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/data/prepared_data.h"
#include "dem/eval/calibration.h"
#include "dem/exchange/model_file.h"
#include "pipeline/distributed_checkpoints.h"
#include "pipeline/fit_output.h"
#include "pipeline/fit_phase.h"
#include "pipeline/learn_at_once.h"
#include "pipeline/run_log.h"
#include "pipeline/saved_run.h"
#include "pipeline/share_saved_run.h"

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

std::vector<float> mean_feature(const PreparedData& prepared,
                                std::span<const Index> rows,
                                Communicator& group) {
  const MatrixView<const float> features = prepared.features();
  std::vector<double> sums(static_cast<std::size_t>(features.cols()));
  for (const Index row : rows) {
    const Index held = prepared.feature_rows().empty()
                           ? row
                           : prepared.feature_rows()[static_cast<std::size_t>(row)];
    if (held < 0) continue;
    const std::span<const float> feature = features.row(held);
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += double{feature[j]};
  }
  group.sum(std::span(sums));
  std::vector<float> mean(sums.size());
  for (std::size_t j = 0; j < sums.size(); ++j) {
    mean[j] = static_cast<float>(sums[j] / static_cast<double>(rows.size()));
  }
  return mean;
}

// The options of a rank: rank 0 alone has files.
FitOptions of_rank(FitOptions options, const Communicator& group) {
  if (!group.is_root()) options.output.clear();
  return options;
}

// What the images of saved statistics are from; "" without.
std::string saved_fingerprints(const FitOptions& options) {
  if (options.saved_statistics == nullptr) return "";
  return concat(", statistics of ", join(options.saved_statistics->fingerprints, " "));
}

// Ranks with other data or options would train a mixture, or wait for each other for ever.
void require_same_run(Communicator& group, const Dataset& dataset, const FitOptions& options) {
  require_same(group, "data fingerprint", dataset.fingerprint);
  require_same(group, "recipe", options.recipe.to_json());
  require_same(group,
               "options",
               concat("seed ",
                      options.seed,
                      ", train mode ",
                      to_string(dataset.train_mode),
                      ", solver ",
                      to_string(options.solver),
                      " ",
                      to_string(options.statistics.method),
                      saved_fingerprints(options),
                      ", exchange ",
                      to_string(options.exchange),
                      ", interval_step ",
                      options.interval_step,
                      options.resume ? ", resumed" : "",
                      options.init_file.empty() ? "" : ", from given weights",
                      dataset.is_sharded() ? ", a shard" : ", all images"));
}

class Fitting {
 public:
  Fitting(const Dataset& dataset, const FitOptions& options, const FitCallbacks& callbacks)
      : dataset_(dataset),
        group_(options.group != nullptr ? *options.group : self_communicator()),
        options_(of_rank(options, group_)),
        callbacks_(callbacks),
        output_(options_, dataset, feature_map_),
        checkpoints_(options_),
        log_(output_.file("log.jsonl")),
        network_(options.recipe.network->network_spec(dataset.classes, dataset.feature_dim())) {}

  FitResult run() {
    require_same_run(group_, dataset_, options_);
    if (options_.resume) {
      saved_ = load_saved_run(group_, output_.file("last.safetensors"), options_, dataset_);
      selected_ = saved_->selected;
      warn_of_other_ranks();
    }
    Phase training = training_phase(dataset_, options_.recipe);
    if (options_.recipe.selection == Selection::kValidation) {
      if (!selected_) {
        if (const auto stopped = select(training)) return finish(FitPhase::kSelect, *stopped);
      }
      set_length(training, selected_->steps);
    }
    return finish(FitPhase::kTrain, run_phase(training));
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
    const Phase phase = selection_phase(dataset_, options_.recipe, options_.seed);
    const TrainSummary summary = run_phase(phase);
    if (!summary.finished()) return summary;
    if (!summary.selected) {
      throw Error(ErrorKind::kNumerical, "selection val: no evaluation gave an accuracy");
    }
    saved_.reset();
    // Held-out images of held-out seen classes are for the network what images of unseen classes
    // will be.
    const float temperature = temperature_on(phase.candidates, phase.watched_rows);
    // Every iteration of the solver is a pass over all images.
    selected_ = {solves() ? std::max<Index>(1, summary.selected_step)
                          : same_passes(summary.selected_step, phase, training),
                 *summary.best_accuracy,
                 temperature};
    log(LogLevel::kInfo,
        concat("validation: best accuracy ",
               selected_->accuracy,
               " on held-out seen classes after ",
               summary.selected_step,
               " steps; as many passes over all seen classes are ",
               selected_->steps,
               " steps"));
    return std::nullopt;
  }

  TrainSummary run_phase(const Phase& phase) {
    const SavedStatistics* saved = options_.saved_statistics;
    log(LogLevel::kInfo, saved != nullptr ? describe_saved(*saved, phase) : describe(phase));
    prepared_ = {};  // the rows of the run before are not held beside this one's
    if (solves()) return solve_phase(phase);
    fit_scaling(phase);
    prepared_ = PreparedData(dataset_, phase.rows, feature_map_);
    set_start(phase, mean_feature(prepared_, phase.rows, group_));
    return train(network_,
                 training_set(phase),
                 phase.recipe,
                 options_.seed,
                 callbacks_for(phase),
                 saved_ ? &saved_->state : nullptr);
  }

  TrainSummary solve_phase(const Phase& phase) {
    const ClassStatistics statistics = scaled_statistics(phase);
    set_start(phase, statistics.mean_feature());
    SolverOptions solver = options_.statistics;
    solver.group = &group_;
    return train_from_statistics(network_,
                                 network_inputs(dataset_.classes, network_.spec()),
                                 statistics,
                                 phase.recipe,
                                 solver,
                                 callbacks_for(phase));
  }

  void fit_scaling(const Phase& phase) {
    const auto fit_on = [&](std::span<const Index> held) {
      return FeatureScaling::fit(
          options_.recipe.feature_scaling, dataset_.visual_features, held, group_);
    };
    feature_map_ =
        FeatureMap(dataset_.is_sharded() ? fit_on(dataset_.held(phase.rows)) : fit_on(phase.rows));
  }

  // Scales the images' statistics rather than the images, so that it is the same whether these are
  // here or not. l2 goes by single images.
  ClassStatistics scaled_statistics(const Phase& phase) {
    const ScalingKind kind = options_.recipe.feature_scaling;
    const bool by_image = kind == ScalingKind::kL2;
    feature_map_ = by_image ? FeatureMap(FeatureScaling{kind, {}, {}}) : FeatureMap();
    prepared_ = PreparedData(dataset_, phase.rows, feature_map_);
    ClassStatistics statistics = options_.saved_statistics != nullptr
                                     ? statistics_of(*options_.saved_statistics, dataset_)
                                     : gather_statistics(training_set(phase));
    if (by_image) return statistics;
    const FeatureScaling scaling = statistics.fit_scaling(kind);
    statistics.scale(scaling);
    feature_map_ = FeatureMap(scaling);
    return statistics;
  }

  TrainingSet training_set(const Phase& phase) const {
    return {prepared_.features(),
            dataset_.labels,
            phase.rows,
            network_inputs(dataset_.classes, network_.spec()),
            &group_,
            prepared_.feature_rows(),
            options_.exchange};
  }

  // The network's prototypes over the dataset's images as loaded.
  template <typename Use>
  auto with_scores(const Network& network, Use&& use) const {
    const Matrix<float> prototypes = class_prototypes(
        network, dataset_.classes, options_.recipe.network->float16_unseen_embeddings);
    const PrototypeSource scores(
        dataset_.visual_features, feature_map_, prototypes, options_.recipe.metric);
    return use(scores);
  }

  [[nodiscard]] bool solves() const { return options_.solver == Solver::kStatistics; }

  void set_start(const Phase& phase, std::span<const float> mean) {
    if (!options_.init_file.empty()) {
      agree(group_, [&] {  // training starts from the root's
        if (group_.is_root()) load_weights(network_, options_.init_file);
      });
      return;
    }
    initialise(network_, *phase.recipe.network, mean, options_.seed);
  }

  TrainCallbacks callbacks_for(const Phase& phase) {
    TrainCallbacks calls;
    calls.on_start = [this, &phase](const TrainingState& state) {
      agree(group_, [&] { start(phase, state); });
    };
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
      return with_scores(network, [&](const ScoreSource& scores) {
        return candidate_accuracy(scores, phase.candidates, dataset_, phase.watched_rows, group_);
      });
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

  // Everything has been read and checked: from here on files are written. A phase that begins is
  // saved at once, so that what is resumed after any kill is this run and none before it.
  void start(const Phase& phase, const TrainingState& state) {
    if (!output_.is_open()) {
      output_.open();
      saved_ ? log_.resume(phase.id, state.step) : log_.start();
    }
    if (writes_checkpoints(phase)) checkpoints_.open(state.step, phase.steps_per_epoch());
    if (state.step == 0 && !solves()) save(phase, state);
    if (!callbacks_.on_phase) return;
    if (solves()) {
      const Index most = phase.recipe.network->max_steps > 0 ? phase.recipe.network->max_steps
                                                             : options_.statistics.max_iterations;
      callbacks_.on_phase(phase.id, {0, most, 1});
    } else {
      callbacks_.on_phase(phase.id, {state.step, phase.total_steps(), phase.steps_per_epoch()});
    }
  }

  void save(const Phase& phase, const TrainingState& state) {
    log_.flush();
    TrainingState noted = state;
    noted.notes = run_notes(options_, dataset_, phase.id, selected_);
    output_.save(noted, network_);
    if (writes_checkpoints(phase) && state.step > 0) {
      checkpoints_.add(state, network_, state.step >= phase.total_steps());
    }
  }

  [[nodiscard]] bool writes_checkpoints(const Phase& phase) const {
    return options_.distributed_checkpoints && phase.id == FitPhase::kTrain;
  }

  FitResult finish(FitPhase phase, const TrainSummary& summary) {
    FitResult result;
    result.summary = summary;
    result.model = output_.make_model(network_.clone(), selection_facts(phase, summary));
    if (summary.finished()) calibrate(result.model);
    agree(group_, [&] {
      log_.flush();
      output_.finish(result);
    });
    return result;
  }

  [[nodiscard]] float temperature_on(std::span<const ClassId> candidates,
                                     std::span<const Index> rows) const {
    return with_scores(network_, [&](const ScoreSource& scores) {
      return fit_temperature(scores, candidates, dataset_, rows, group_);
    });
  }

  // On held-out classes where a selection has set some aside, else on the training images.
  void calibrate(Model& model) const {
    model.temperature = selected_ ? selected_->temperature : 0.0f;
    std::string source = "held-out seen classes";
    if (model.temperature == 0.0f && !dataset_.split.trainval.empty()) {
      model.temperature = temperature_on(dataset_.seen_classes, dataset_.split.trainval);
      source = "training images among seen classes";
    }
    if (model.temperature > 0.0f) model.provenance["calibration"] = source;
  }

  std::map<std::string, std::string> selection_facts(FitPhase phase,
                                                     const TrainSummary& summary) const {
    const Recipe& recipe = options_.recipe;
    std::map<std::string, std::string> facts{
        {"status", summary.finished() ? "finished" : "unfinished"},
        {"selection", std::string(to_string(recipe.selection))},
        {"epochs", std::to_string(summary.epochs)},
        {"steps", std::to_string(summary.steps)},
        {"selected_epoch", std::to_string(summary.selected_epoch)}};
    if (phase == FitPhase::kSelect) facts["selection"] = "none yet";
    if (selected_) facts["selected_accuracy"] = concat(selected_->accuracy);
    if (summary.selected) facts["selected_accuracy"] = concat(*summary.best_accuracy);
    if (recipe.selection == Selection::kTest && !summary.selected) {
      facts["selection"] = "last";
      facts["selection_note"] = none_passed(recipe, summary);
      if (summary.finished()) {
        log(LogLevel::kWarning,
            concat(facts["selection_note"], "; the model is that of the last epoch"));
      }
    }
    return facts;
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
  FeatureMap feature_map_;  // of the run under way
  PreparedData prepared_;
  FitOutput output_;
  DistributedCheckpoints checkpoints_;
  RunLog log_;
  Network network_;
  std::optional<SavedRun> saved_;  // what the next phase goes on from
  std::optional<SelectedLength> selected_;
  Index step_ = 0;
};

// Every rank goes on with the root's model: processors may round differently.
void take_from_root(Communicator& group, Model& model) {
  if (group.size() == 1) return;
  std::string bytes;
  if (group.is_root()) bytes = model_to_bytes(model);
  broadcast(group, bytes);
  if (!group.is_root()) model = model_from_bytes(std::as_bytes(std::span(bytes)));
}

void calibrate_on_training(const Dataset& dataset, Communicator& group, Model& model) {
  if (dataset.split.trainval.empty()) return;
  const PrototypeSource scores(
      dataset.visual_features, model.feature_map, model.prototypes, model.metric);
  model.temperature =
      fit_temperature(scores, dataset.seen_classes, dataset, dataset.split.trainval, group);
  if (model.temperature > 0.0f) {
    model.provenance["calibration"] = "training images among seen classes";
  }
}

// The model of a recipe that learns at once.
FitResult fit_at_once(const Dataset& dataset, const FitOptions& all_options) {
  Communicator& group = all_options.group != nullptr ? *all_options.group : self_communicator();
  const FitOptions options = of_rank(all_options, group);
  require_same_run(group, dataset, options);
  const Stopwatch watch;
  const FeatureMap none;
  FitOutput output(options, dataset, none);
  Learned learned = learn_at_once(dataset, options, group);
  const bool chosen = learned.facts.count("selected_accuracy") != 0;
  Provenance facts{
      {"status", "finished"},
      {"selection", chosen ? std::string(to_string(options.recipe.selection)) : "given"}};
  facts.insert(learned.facts.begin(), learned.facts.end());
  FitResult result;
  result.model = output.make_model(std::move(learned), std::move(facts));
  take_from_root(group, result.model);
  calibrate_on_training(dataset, group, result.model);
  result.summary.seconds = watch.seconds();
  agree(group, [&] {
    output.open();
    output.finish(result);
  });
  return result;
}

}  // namespace

FitResult fit(const Dataset& dataset, const FitOptions& options, const FitCallbacks& callbacks) {
  options.validate();
  if (learns_at_once(options.recipe)) return fit_at_once(dataset, options);
  return Fitting(dataset, options, callbacks).run();
}

}  // namespace dem
