// fit() by several ranks against fit() by one. Runs under mpirun, all tests on every rank.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "dem/exchange/model_file.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "support/mpi_group.h"
#include "support/toy_for_ranks.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

class FitRanks : public test::ToyForRanks {
 protected:
  FitRanks() : ToyForRanks(/*feature_dim=*/40) {}

  [[nodiscard]] FitOptions options(bool in_group) const {
    FitOptions options;
    options.recipe = make_recipe("gbu", "TOY", TrainMode::kAttribute);
    options.recipe.network->set_hidden_dim(24);
    options.recipe.network->learning_rate = 3e-3;
    options.recipe.network->batch_size = 24;
    options.recipe.network->num_epochs = 20;
    options.recipe.network->max_steps = 0;
    options.recipe.network->evaluation_interval = 0;
    options.recipe.feature_scaling = ScalingKind::kStandard;
    options.recipe.network->output_bias = OutputBias::kMean;
    options.interval_step = 10;
    if (!in_group) return options;
    options.group = &mpi_group();
    options.distributed_checkpoints = true;
    return options;
  }
};

double relative_distance(std::span<const float> a, std::span<const float> b) {
  double difference = 0.0;
  double norm = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (double{a[i]} - double{b[i]}) * (double{a[i]} - double{b[i]});
    norm += double{b[i]} * double{b[i]};
  }
  return std::sqrt(difference / norm);
}

// All options() scale.
const FeatureScaling& scaling_of(const Model& model) {
  return std::get<FeatureScaling>(model.feature_map.steps().at(0));
}

void expect_same_model(const FitResult& ranks, const FitResult& one) {
  const auto got = ranks.model.class_map.network()->parameters();
  const auto expected = one.model.class_map.network()->parameters();
  ASSERT_EQ(got.size(), expected.size());
  if (mpi_group().size() == 1) {
    EXPECT_TRUE(std::equal(got.begin(), got.end(), expected.begin()));
    EXPECT_EQ(ranks.model.temperature, one.model.temperature);
  } else {
    EXPECT_LT(relative_distance(got, expected), 1e-2);
    EXPECT_NEAR(ranks.model.temperature, one.model.temperature, 0.02f * one.model.temperature);
  }
  const FeatureScaling& found = scaling_of(ranks.model);
  const FeatureScaling& scaling = scaling_of(one.model);
  ASSERT_EQ(found.shift.size(), scaling.shift.size());
  for (std::size_t j = 0; j < scaling.shift.size(); ++j) {
    ASSERT_FLOAT_EQ(found.shift[j], scaling.shift[j]);
    ASSERT_FLOAT_EQ(found.factor[j], scaling.factor[j]);
  }
}

TEST_F(FitRanks, TrainTheModelOfOneProcess) {
  Dataset whole = load(false);
  Dataset shard = load(true);
  ASSERT_EQ(shard.fingerprint, whole.fingerprint);
  const FitResult one = fit(whole, options(false));
  const FitResult ranks = fit(shard, options(true));
  expect_same_model(ranks, one);
  // The same network, so that every digit must agree.
  const EvaluationResult alone = evaluate_model(ranks.model, whole, Metric::kCosine);
  const EvaluationResult together =
      evaluate_model(ranks.model, shard, Metric::kCosine, mpi_group());
  EXPECT_EQ(together.to_json(), alone.to_json());
}

TEST_F(FitRanks, FindTheLengthThatOneProcessFindsByValidation) {
  Dataset whole = load(false);
  Dataset shard = load(true);
  FitOptions alone = options(false);
  alone.recipe.selection = Selection::kValidation;
  FitOptions together = options(true);
  together.recipe.selection = Selection::kValidation;
  together.exchange = Exchange::kGradients;
  const FitResult one = fit(whole, alone);
  const FitResult ranks = fit(shard, together);
  expect_same_model(ranks, one);
  EXPECT_EQ(ranks.report.summary.steps, one.report.summary.steps);
}

TEST_F(FitRanks, SolveFromTheStatisticsOfAllImages) {
  Dataset whole = load(false);
  Dataset shard = load(true);
  FitOptions alone = options(false);
  alone.solver = Solver::kStatistics;
  alone.recipe.network->max_steps = 40;
  FitOptions together = options(true);
  together.solver = Solver::kStatistics;
  together.recipe.network->max_steps = 40;
  const FitResult one = fit(whole, alone);
  const FitResult ranks = fit(shard, together);
  expect_same_model(ranks, one);
  EXPECT_NEAR(*ranks.report.summary.last_loss,
              *one.report.summary.last_loss,
              1e-5 * *one.report.summary.last_loss);
}

TEST_F(FitRanks, RankZeroAloneWritesAndKeepsTheNewestFiveCheckpoints) {
  Dataset shard = load(true);
  FitOptions together = options(true);
  together.output = file("out");
  const FitResult fitted = fit(shard, together);
  wait_for_all();
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(together.output)) {
    names.insert(entry.path().filename().string());
  }
  // Nine steps an epoch, every second epoch is ten steps or more later; 20 epochs.
  EXPECT_EQ(names,
            (std::set<std::string>{"auto_parallel-12_9.ckpt",
                                   "auto_parallel-14_9.ckpt",
                                   "auto_parallel-16_9.ckpt",
                                   "auto_parallel-18_9.ckpt",
                                   "auto_parallel-20_9.ckpt",
                                   "last.safetensors",
                                   "log.jsonl",
                                   "model.safetensors",
                                   "summary.json",
                                   "train.ckpt"}));
  Network read(fitted.model.class_map.network()->spec());
  load_weights(read, together.output + "/auto_parallel-20_9.ckpt");
  const auto got = read.parameters();
  EXPECT_TRUE(
      std::equal(got.begin(), got.end(), fitted.model.class_map.network()->parameters().begin()));
}

TEST_F(FitRanks, GoOnToTheBitWhereTheyWereStopped) {
  Dataset first = load(true);
  FitOptions together = options(true);
  together.recipe.selection = Selection::kValidation;
  const FitResult uninterrupted = fit(first, together);

  together.output = file("stopped");
  for (const Index last_step : {Index{13}, Index{110}}) {  // in either phase
    Dataset again = load(true);
    FitCallbacks callbacks;
    Index steps = 0;
    callbacks.on_step = [&](FitPhase, const StepReport&) { ++steps; };
    callbacks.should_stop = [&] { return steps >= last_step; };
    (void)fit(again, together, callbacks);
    wait_for_all();
    together.resume = true;
  }
  Dataset again = load(true);
  const FitResult resumed = fit(again, together);
  EXPECT_TRUE(resumed.report.summary.finished());
  const auto got = resumed.model.class_map.network()->parameters();
  EXPECT_TRUE(std::equal(
      got.begin(), got.end(), uninterrupted.model.class_map.network()->parameters().begin()));
}

TEST_F(FitRanks, AnOutputThatRankZeroCannotMakeIsAnErrorEverywhere) {
  Dataset shard = load(true);
  FitOptions together = options(true);
  together.output = file("TOY/res101.mat/out");
  try {
    (void)fit(shard, together);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_NE(std::string(error.what()).find("cannot be made"), std::string::npos) << error.what();
  }
}

TEST_F(FitRanks, AnotherBatchSizeIsRefusedWithTheNumberOfRanks) {
  Dataset shard = load(true);
  FitOptions together = options(true);
  together.output = file("out");
  (void)fit(shard, together);
  wait_for_all();
  together.resume = true;
  together.recipe.network->batch_size = 12;
  Dataset again = load(true);
  try {
    (void)fit(again, together);
    FAIL();
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("got batch_size 12 (the images of a batch of all ranks together; here "),
              std::string::npos)
        << message;
  }
}

}  // namespace
}  // namespace dem
