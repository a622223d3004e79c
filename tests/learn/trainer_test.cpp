#include "dem/learn/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "learn/dem/layer_pieces.h"
#include "support/naive_step.h"
#include "support/training_case.h"

namespace dem {
namespace {

using test::TrainingCase;

constexpr std::uint64_t kSeed = 42;

// 21 of 25 rows to train on, in an order of their own; batches of 4.
std::unique_ptr<TrainingCase> make_case(Index hidden_dim = 9, Index feature_dim = 10) {
  Rng rng(20, Purpose::kSynthetic);
  const NetworkSpec spec{
      {{"word", 6}, {"attribute", 4, 3.0f}}, hidden_dim, feature_dim, Activation::kTanh};
  auto problem = std::make_unique<TrainingCase>(spec, 25, 5, rng);
  shuffle(std::span(problem->rows), rng);
  problem->data.rows = std::span(problem->rows).first(21);
  problem->recipe.network->batch_size = 4;
  problem->recipe.network->clip_norm = 0.5;
  problem->recipe.network->l2_penalty = {1e-3, 1e-2, 1e-2};
  problem->recipe.network->loss_includes_l2 = true;
  return problem;
}

std::vector<float> parameters_of(const Network& network) {
  return {network.parameters().begin(), network.parameters().end()};
}

// A run from the case's weights and what it reported.
struct Outcome {
  std::vector<double> losses;
  std::vector<EpochReport> epochs;
  std::vector<float> parameters;
  TrainSummary summary;
  TrainingState state;  // the last that was handed out
};

Outcome run(const TrainingCase& problem,
            TrainCallbacks callbacks = {},
            const TrainingState* from = {}) {
  Outcome result;
  Network network = problem.network.clone();
  callbacks.on_step = [&](const StepReport& report) { result.losses.push_back(report.loss); };
  callbacks.on_epoch = [&](const EpochReport& report) { result.epochs.push_back(report); };
  callbacks.on_state = [&](const TrainingState& state) { result.state = state; };
  result.summary = train(network, problem.data, problem.recipe, kSeed, callbacks, from);
  result.parameters = parameters_of(network);
  return result;
}

TEST(Train, TakesTheBatchesOfTheShuffledOrder) {
  for (const bool drop_last : {true, false}) {
    const auto problem = make_case();
    problem->recipe.network->drop_last = drop_last;
    std::vector<double> expected;
    test::NaiveStep naive(problem->network, problem->data, *problem->recipe.network);
    for (Index epoch = 0; epoch < 3; ++epoch) {
      const std::vector<Index> order = epoch_order(21, kSeed, epoch);
      for (std::size_t first = 0; first < (drop_last ? 20u : 21u); first += 4) {
        std::vector<Index> batch;
        for (std::size_t k = first; k < std::min<std::size_t>(first + 4, 21); ++k) {
          batch.push_back(problem->data.rows[static_cast<std::size_t>(order[k])]);
        }
        expected.push_back(naive.run(batch));
      }
    }
    const Outcome result = run(*problem);
    ASSERT_EQ(result.losses.size(), drop_last ? 15u : 18u);
    for (std::size_t t = 0; t < expected.size(); ++t) {
      EXPECT_NEAR(result.losses[t], expected[t], 1e-5 * expected[t]) << "step " << t + 1;
    }
    EXPECT_EQ(result.summary.stop_reason, StopReason::kFinished);
    EXPECT_EQ(result.summary.epochs, 3);
    EXPECT_EQ(result.summary.steps, static_cast<Index>(expected.size()));
    EXPECT_EQ(result.summary.last_loss, result.losses.back());
    EXPECT_FALSE(result.summary.selected);
    EXPECT_EQ(result.summary.selected_epoch, 3);
  }
}

TEST(Train, WithoutShufflingTakesRowsInOrderEveryEpoch) {
  const auto problem = make_case();
  problem->recipe.network->shuffle = false;
  problem->recipe.network->num_epochs = 2;
  test::NaiveStep naive(problem->network, problem->data, *problem->recipe.network);
  const Outcome result = run(*problem);
  ASSERT_EQ(result.losses.size(), 10u);
  for (std::size_t t = 0; t < 10; ++t) {
    const double expected = naive.run(problem->data.rows.subspan(t % 5 * 4, 4));
    EXPECT_NEAR(result.losses[t], expected, 1e-5 * expected) << "step " << t + 1;
  }
}

TEST(Train, ReportsStepsAndEpochs) {
  const auto problem = make_case();
  std::vector<StepReport> steps;
  std::vector<EpochReport> epochs;
  std::vector<TrainingState> states;
  Network network = problem->network.clone();
  TrainCallbacks callbacks;
  callbacks.on_step = [&](const StepReport& report) { steps.push_back(report); };
  callbacks.on_epoch = [&](const EpochReport& report) { epochs.push_back(report); };
  callbacks.on_state = [&](const TrainingState& state) { states.push_back(state); };
  const TrainSummary summary = train(network, problem->data, problem->recipe, kSeed, callbacks);
  ASSERT_EQ(steps.size(), 15u);
  EXPECT_EQ(steps[6].epoch, 2);
  EXPECT_EQ(steps[6].step_in_epoch, 2);
  EXPECT_EQ(steps[6].step, 7);
  ASSERT_EQ(epochs.size(), 3u);
  EXPECT_EQ(epochs[1].epoch, 2);
  EXPECT_EQ(epochs[1].steps, 5);
  EXPECT_FALSE(epochs[1].accuracy.has_value());
  double sum = 0.0;
  for (std::size_t t = 5; t < 10; ++t) sum += steps[t].loss;
  EXPECT_EQ(epochs[1].mean_loss, sum / 5.0);
  ASSERT_EQ(states.size(), 3u);
  EXPECT_EQ(states[2].epoch, 3);
  EXPECT_EQ(states[2].step_in_epoch, 0);
  EXPECT_EQ(states[2].step, 15);
  EXPECT_EQ(states[2].seed, kSeed);
  EXPECT_EQ(states[2].parameters, parameters_of(network));
  EXPECT_GE(summary.seconds, summary.step_seconds);
}

TEST(Train, HandsStatesOutOnlyWhereTheyAreWantedAndAtTheEnd) {
  const auto problem = make_case();
  for (const bool wanted : {false, true}) {
    std::vector<Index> steps;
    Network network = problem->network.clone();
    TrainCallbacks callbacks;
    callbacks.wants_state = [&] { return wanted; };
    callbacks.on_state = [&](const TrainingState& state) { steps.push_back(state.step); };
    train(network, problem->data, problem->recipe, kSeed, callbacks);
    EXPECT_EQ(steps, wanted ? (std::vector<Index>{5, 10, 15}) : (std::vector<Index>{15}));
  }
}

TEST(Train, StopsAfterMaxStepsWhateverTheEpochs) {
  const auto problem = make_case();
  const Outcome longer = run(*problem);
  for (const Index max_steps : {3, 5, 12}) {
    problem->recipe.network->max_steps = max_steps;
    problem->recipe.network->num_epochs = 1;
    int evaluations = 0;
    TrainCallbacks callbacks;
    callbacks.on_evaluate = [&](const Network&) { return 0.1 * ++evaluations; };
    const Outcome result = run(*problem, callbacks);
    ASSERT_EQ(result.losses.size(), static_cast<std::size_t>(max_steps));
    EXPECT_TRUE(std::equal(result.losses.begin(), result.losses.end(), longer.losses.begin()));
    EXPECT_EQ(result.summary.steps, max_steps);
    EXPECT_EQ(result.summary.epochs, max_steps / 5);
    EXPECT_EQ(result.summary.stop_reason, StopReason::kFinished);
    EXPECT_EQ(result.summary.selected_step, max_steps);
    // An epoch cut short is evaluated and reported too.
    EXPECT_EQ(evaluations, (max_steps + 4) / 5);
    ASSERT_EQ(result.epochs.size(), static_cast<std::size_t>((max_steps + 4) / 5));
    EXPECT_EQ(result.epochs.back().steps, (max_steps - 1) % 5 + 1);
    EXPECT_EQ(result.state.step, max_steps);
  }
}

// Evaluations return these values in turn.
TrainCallbacks scripted(std::vector<double> accuracies, std::vector<std::vector<float>>* weights) {
  auto next = std::make_shared<std::size_t>(0);
  TrainCallbacks callbacks;
  callbacks.on_evaluate = [=](const Network& network) {
    if (weights != nullptr) weights->push_back(parameters_of(network));
    return accuracies.at((*next)++);
  };
  return callbacks;
}

// Accuracies of 0.4, 0.7, 0.7, 0.7, 0.6: of the three best epochs the third has the smallest
// distance; without distances, and where they are equal, the first is kept.
TEST(Train, OfEqualAccuraciesTheSmallerDistanceIsBetter) {
  struct Case {
    std::vector<std::optional<double>> distances;
    Index epoch;
  };
  const Case cases[] = {{{9.0, 5.0, 3.0, 4.0, 1.0}, 3},
                        {{9.0, 5.0, 5.0, 4.0, 1.0}, 4},
                        {{9.0, 5.0, 5.0, 5.0, 1.0}, 2},
                        {{{}, {}, {}, {}, {}}, 2}};
  for (const auto& [distances, epoch] : cases) {
    const auto problem = make_case();
    problem->recipe.network->num_epochs = 5;
    problem->recipe.selection = Selection::kValidation;
    problem->recipe.selection_threshold = -1.0;
    std::size_t next = 0;
    TrainCallbacks callbacks;
    callbacks.on_evaluate = [&, &given = distances](const Network&) {
      constexpr double kAccuracies[] = {0.4, 0.7, 0.7, 0.7, 0.6};
      const std::size_t at = next++;
      return Judgement(kAccuracies[at], given.at(at));
    };
    const Outcome result = run(*problem, callbacks);
    EXPECT_EQ(result.summary.selected_epoch, epoch);
    EXPECT_EQ(result.summary.best_accuracy, 0.7);
    EXPECT_EQ(result.state.best_distance, distances.at(static_cast<std::size_t>(epoch) - 1));
  }
}

TEST(Judgement, ComparesAccuraciesThenDistances) {
  EXPECT_TRUE(Judgement(0.6).is_better_than(0.5));
  EXPECT_FALSE(Judgement(0.5).is_better_than(0.5));
  EXPECT_FALSE(Judgement(std::nan("")).is_better_than(0.5));
  EXPECT_TRUE(Judgement(0.5, 1.0).is_better_than({0.5, 2.0}));
  EXPECT_FALSE(Judgement(0.5, 2.0).is_better_than({0.5, 1.0}));
  EXPECT_FALSE(Judgement(0.4, 1.0).is_better_than({0.5, 2.0}));
  // Means of the same fractions in another order, a unit in the last place apart.
  EXPECT_TRUE(Judgement((0.1 + 0.2) + 0.3, 1.0).is_better_than({0.1 + (0.2 + 0.3), 2.0}));
  EXPECT_TRUE(Judgement(0.1 + (0.2 + 0.3), 1.0).is_better_than({(0.1 + 0.2) + 0.3, 2.0}));
}

TEST(Train, KeepsTheFirstBestEpochAboveTheThreshold) {
  for (const Selection selection : {Selection::kTest, Selection::kValidation}) {
    const auto problem = make_case();
    problem->recipe.network->num_epochs = 5;
    problem->recipe.selection = selection;
    problem->recipe.selection_threshold = 0.5;
    std::vector<std::vector<float>> weights;
    const Outcome result = run(*problem, scripted({0.4, 0.6, 0.7, 0.7, 0.6}, &weights));
    EXPECT_TRUE(result.summary.selected);
    EXPECT_EQ(result.summary.selected_epoch, 3);
    EXPECT_EQ(result.summary.selected_step, 15);
    EXPECT_EQ(result.summary.best_accuracy, 0.7);
    EXPECT_EQ(result.parameters, weights[2]);
    EXPECT_NE(result.parameters, weights[4]);
    EXPECT_EQ(result.epochs[1].accuracy, 0.6);
    EXPECT_EQ(result.state.best_parameters, weights[2]);
    EXPECT_EQ(result.state.best_epoch, 3);
  }
}

TEST(Train, TakesTheLastWeightsWhereNoneBeatsTheThreshold) {
  const auto problem = make_case();
  problem->recipe.selection = Selection::kTest;
  problem->recipe.selection_threshold = 0.5;
  std::vector<std::vector<float>> weights;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Outcome result = run(*problem, scripted({0.5, nan, 0.1}, &weights));
  EXPECT_FALSE(result.summary.selected);
  EXPECT_EQ(result.summary.best_accuracy, 0.5);  // seen, though not kept
  EXPECT_TRUE(result.state.best_parameters.empty());
  EXPECT_EQ(result.state.best_accuracy, 0.5);
  EXPECT_EQ(result.summary.selected_epoch, 3);
  EXPECT_EQ(result.parameters, weights[2]);
}

TEST(Train, SelectionLastIgnoresEvaluations) {
  const auto problem = make_case();
  const Outcome result = run(*problem, scripted({0.9, 0.8, 0.7}, nullptr));
  EXPECT_FALSE(result.summary.selected);
  EXPECT_FALSE(result.summary.best_accuracy.has_value());
  EXPECT_EQ(result.parameters, run(*problem).parameters);
  EXPECT_EQ(result.epochs[0].accuracy, 0.9);
}

TEST(Train, EvaluatesEverySoManyStepsWhereTheRecipeSaysSo) {
  const auto problem = make_case();
  problem->recipe.network->evaluation_interval = 4;  // after steps 4, 8 and 12 of 15, and the last
  problem->recipe.selection = Selection::kTest;
  std::vector<std::vector<float>> weights;
  const Outcome result = run(*problem, scripted({0.1, 0.3, 0.2, 0.25}, &weights));
  EXPECT_EQ(result.summary.selected_step, 8);
  EXPECT_EQ(result.summary.selected_epoch, 2);
  EXPECT_EQ(result.parameters, weights[1]);
  EXPECT_EQ(result.epochs[0].accuracy, 0.1);
  EXPECT_EQ(result.epochs[2].accuracy, 0.25);
}

TEST(Train, EvaluatesWhereARunThatSelectsEndsUnlessItJustDid) {
  const struct {
    Index interval;
    Index max_steps;
    std::size_t evaluations;
  } cases[] = {{1000, 0, 1}, {1000, 7, 1}, {4, 7, 2}, {5, 0, 3}, {7, 7, 1}, {0, 7, 2}};
  for (const auto& [interval, max_steps, evaluations] : cases) {
    const auto problem = make_case();
    problem->recipe.network->evaluation_interval = interval;
    problem->recipe.network->max_steps = max_steps;
    problem->recipe.selection = Selection::kValidation;
    std::vector<std::vector<float>> weights;
    const Outcome result = run(*problem, scripted({0.1, 0.2, 0.3}, &weights));
    EXPECT_EQ(weights.size(), evaluations) << interval << ", " << max_steps;
    EXPECT_TRUE(result.summary.selected) << interval << ", " << max_steps;
    EXPECT_EQ(result.summary.selected_step, max_steps > 0 ? max_steps : 15);
    EXPECT_EQ(result.parameters, weights.back());
    EXPECT_TRUE(result.epochs.back().accuracy.has_value()) << interval << ", " << max_steps;
  }
  const auto problem = make_case();
  problem->recipe.network->evaluation_interval = 1000;
  EXPECT_FALSE(run(*problem, scripted({}, nullptr)).epochs.back().accuracy.has_value());
}

TEST(Train, HandsOutTheStateThatItStartsFromOnceAllIsChecked) {
  const auto problem = make_case();
  std::vector<TrainingState> starts;
  TrainCallbacks callbacks;
  callbacks.on_start = [&](const TrainingState& state) { starts.push_back(state); };
  const Outcome whole = run(*problem, callbacks);
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].step, 0);
  EXPECT_EQ(starts[0].parameters, parameters_of(problem->network));
  EXPECT_EQ(run(*problem, {}, &starts[0]).parameters, whole.parameters);
  run(*problem, callbacks, &whole.state);
  ASSERT_EQ(starts.size(), 2u);
  EXPECT_EQ(starts[1].step, 15);
  TrainingState other = whole.state;
  other.seed = 43;
  EXPECT_THROW(run(*problem, callbacks, &other), Error);
  EXPECT_EQ(starts.size(), 2u);
}

class TrainInPrecision : public testing::TestWithParam<Precision> {};

TEST_P(TrainInPrecision, ResumesBitForBitFromEveryStep) {
  // train() refuses it there; what a step keeps in bfloat16 is tested everywhere (train_step_test).
  if (!is_available(GetParam())) GTEST_SKIP() << "this processor has no AVX512_BF16";
  const auto problem = make_case();
  problem->recipe.selection = Selection::kTest;
  problem->recipe.network->precision = GetParam();
  // The accuracy is a function of the weights, so both runs see the same.
  TrainCallbacks watch;
  watch.on_evaluate = [](const Network& network) {
    return std::abs(std::fmod(1000.0 * double{network.parameters()[0]}, 1.0));
  };
  const Outcome whole = run(*problem, watch);
  ASSERT_EQ(whole.losses.size(), 15u);
  for (Index stop = 0; stop <= 15; ++stop) {
    TrainCallbacks callbacks = watch;
    Index asked = 0;
    callbacks.should_stop = [&] { return asked++ == stop; };
    const Outcome first = run(*problem, callbacks);
    EXPECT_EQ(first.losses.size(), static_cast<std::size_t>(stop));
    EXPECT_EQ(first.state.step, stop);
    EXPECT_EQ(first.summary.stop_reason, stop == 15 ? StopReason::kFinished : StopReason::kStopped);
    const Outcome second = run(*problem, watch, &first.state);
    std::vector<double> losses = first.losses;
    losses.insert(losses.end(), second.losses.begin(), second.losses.end());
    EXPECT_EQ(losses, whole.losses) << "stopped after step " << stop;
    EXPECT_EQ(second.parameters, whole.parameters) << "stopped after step " << stop;
    EXPECT_EQ(second.summary.best_accuracy, whole.summary.best_accuracy);
    EXPECT_EQ(second.summary.selected_step, whole.summary.selected_step);
    EXPECT_EQ(second.summary.steps, 15);
    // The reports of the epochs that end after the stop are the same too.
    ASSERT_LE(second.epochs.size(), 3u);
    for (std::size_t i = 0; i < second.epochs.size(); ++i) {
      const EpochReport& expected = whole.epochs[i + 3 - second.epochs.size()];
      EXPECT_EQ(second.epochs[i].mean_loss, expected.mean_loss) << "stopped after step " << stop;
      EXPECT_EQ(second.epochs[i].epoch, expected.epoch);
      EXPECT_EQ(second.epochs[i].steps, expected.steps);
      EXPECT_EQ(expected.timed_steps, 5);
      EXPECT_EQ(second.epochs[i].timed_steps, i == 0 ? 5 - stop % 5 : 5);  // of the second run
    }
    if (stop < 15) {
      EXPECT_EQ(second.state.moment1, whole.state.moment1) << "stopped after step " << stop;
      EXPECT_EQ(second.state.moment2, whole.state.moment2) << "stopped after step " << stop;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions,
                         TrainInPrecision,
                         testing::Values(Precision::kFloat32, Precision::kBf16),
                         [](const auto& setting) { return std::string(to_string(setting.param)); });

TEST(Train, BitsDoNotDependOnTheNumberOfThreads) {
  // Both widths make several pieces of work (kUnitGrain), the second an uneven number of them.
  const auto problem = make_case(4 * kUnitGrain, 5 * kUnitGrain - 1);
  set_num_threads(1);
  const Outcome alone = run(*problem);
  for (const int threads : {2, 3, 8}) {
    set_num_threads(threads);
    const Outcome result = run(*problem);
    EXPECT_EQ(result.losses, alone.losses) << threads << " threads";
    EXPECT_EQ(result.parameters, alone.parameters) << threads << " threads";
  }
  set_num_threads(0);
}

TEST(Train, FurtherEpochsContinueAFinishedRun) {
  const auto problem = make_case();
  problem->recipe.network->num_epochs = 2;
  const Outcome first = run(*problem);
  problem->recipe.network->num_epochs = 3;
  const Outcome second = run(*problem, {}, &first.state);
  const Outcome whole = run(*problem);
  EXPECT_EQ(second.parameters, whole.parameters);
  EXPECT_EQ(second.losses.size(), 5u);
}

struct Failure {
  ErrorKind kind;
  std::string message;
};

Failure failure_of(const TrainingCase& problem, const TrainingState* from = nullptr) {
  try {
    run(problem, {}, from);
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  ADD_FAILURE() << "no error";
  return {};
}

TEST(Train, NamesEpochStepAndLayerWhereNumbersBreak) {
  const auto problem = make_case();
  problem->recipe.network->shuffle = false;
  const Index row = problem->data.rows[9];  // third batch
  problem->features(row, 2) = std::numeric_limits<float>::infinity();
  const Failure failure = failure_of(*problem);
  EXPECT_EQ(failure.kind, ErrorKind::kNumerical);
  EXPECT_EQ(failure.message, "train: epoch 1, step 3, layer fc3: the loss is not finite");
}

TEST(Train, DivergenceIsAnErrorNotAResult) {
  const auto problem = make_case();
  problem->recipe.network->learning_rate = 1e30;
  const Failure failure = failure_of(*problem);
  EXPECT_EQ(failure.kind, ErrorKind::kNumerical);
  EXPECT_NE(failure.message.find("train: epoch 1, step "), std::string::npos) << failure.message;
}

TEST(Train, RefusesABatchLargerThanTheRows) {
  const auto problem = make_case();
  problem->recipe.network->batch_size = 22;
  const Failure failure = failure_of(*problem);
  EXPECT_EQ(failure.kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(failure.message,
            "train: batch_size: expected at most 21, the number of training rows, because the last "
            "short batch is left out, got 22");
  problem->recipe.network->drop_last = false;
  EXPECT_EQ(run(*problem).losses.size(), 3u);
}

TEST(Train, RefusesDataThatDoNotFit) {
  const auto change = [](auto how) {
    const auto problem = make_case();
    how(*problem);
    return failure_of(*problem).message;
  };
  EXPECT_EQ(change([](TrainingCase& p) { p.data.rows = {}; }),
            "train: rows: expected at least one, got none");
  EXPECT_EQ(change([](TrainingCase& p) { p.rows[3] = 25; }),
            "train: rows: expected 0 to 24, got 25");
  EXPECT_EQ(change([](TrainingCase& p) { p.rows[3] = -1; }),
            "train: rows: expected 0 to 24, got -1");
  EXPECT_EQ(change([](TrainingCase& p) {
              p.rows[3] = 7;
              p.labels[7] = 5;
            }),
            "train: label of row 7: expected 0 to 4, got 5");
  EXPECT_EQ(change([](TrainingCase& p) { p.data.labels = p.data.labels.first(24); }),
            "train: number of labels: expected 25, got 24");
  EXPECT_EQ(change([](TrainingCase& p) { p.data.class_embeddings.pop_back(); }),
            "train: semantic spaces: expected 2, got 1");
  EXPECT_EQ(change([](TrainingCase& p) {
              std::swap(p.data.class_embeddings[0], p.data.class_embeddings[1]);
            }),
            "train: width of the class embeddings: expected 6, got 4");
  EXPECT_EQ(change([](TrainingCase& p) {
              p.data.visual_features = {p.features.data(), 25, 9, 10};
            }),
            "train: feature width: expected 10, got 9");
  EXPECT_EQ(change([](TrainingCase& p) { p.recipe.network->learning_rate = -1.0; }),
            "recipe: learning_rate: expected a finite number above 0, got -1");
}

TEST(Train, RefusesAStateOfAnotherRun) {
  const auto problem = make_case();
  const TrainingState good = run(*problem).state;
  const auto change = [&](auto how) {
    TrainingState state = good;
    how(state);
    const Failure failure = failure_of(*problem, &state);
    EXPECT_EQ(failure.kind, ErrorKind::kInvalidArgument);
    return failure.message;
  };
  EXPECT_EQ(change([](TrainingState& s) { s.seed = 43; }),
            "train: resume: seed: expected 42, got 43");
  EXPECT_EQ(change([](TrainingState& s) { s.moment2.pop_back(); }),
            "train: resume: moment2: expected 208 values, got 207");
  EXPECT_EQ(change([](TrainingState& s) { s.best_parameters = {1.0f}; }),
            "train: resume: best_parameters: expected 208 values, got 1");
  EXPECT_EQ(change([](TrainingState& s) { s.step = 14; }),
            "train: resume: position: expected one with 5 steps an epoch, got epoch 3, step in "
            "epoch 0, step 14");
  EXPECT_NE(change([](TrainingState& s) { s.step_in_epoch = 5; }), "");
  EXPECT_NE(change([](TrainingState& s) { s.epoch = -1; }), "");
}

TEST(TrainSummary, PrintsItselfAsJson) {
  TrainSummary summary;
  summary.epochs = 3;
  summary.selected_step = 7;
  summary.best_accuracy = 0.5;
  summary.last_loss = 0.25;
  const nlohmann::json json = nlohmann::json::parse(summary.to_json());
  EXPECT_EQ(json["stop_reason"], "finished");
  EXPECT_EQ(json["epochs"], 3);
  EXPECT_EQ(json["selected_step"], 7);
  EXPECT_EQ(json["selected"], false);
  EXPECT_EQ(json["best_accuracy"], 0.5);
  EXPECT_EQ(json.size(), 10u);
  EXPECT_EQ(json["last_loss"], 0.25);
  const nlohmann::json empty = nlohmann::json::parse(TrainSummary{}.to_json());
  EXPECT_FALSE(empty.contains("best_accuracy"));
  EXPECT_FALSE(empty.contains("last_loss"));
}

}  // namespace
}  // namespace dem
