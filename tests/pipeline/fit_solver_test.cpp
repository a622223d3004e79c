// fit() by the statistics solver, on synthetic data that are read as any.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "dem/data/synthetic.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "support/program.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

class FitSolver : public testing::Test {
 protected:
  FitSolver() {
    (void)write_synthetic({.output = folder_ / "",
                           .layout = "gbu",
                           .name = "TOY",
                           .num_train_images = 300,
                           .num_test_images = 80,
                           .num_test_seen_images = 40,
                           .num_seen_classes = 12,
                           .num_unseen_classes = 4,
                           .attribute_dim = 9,
                           .feature_dim = 40});
  }
  [[nodiscard]] Dataset load() const {
    DatasetOptions options;
    options.data_path = folder_ / "";
    options.name = "TOY";
    return load_dataset(options);
  }
  [[nodiscard]] static FitOptions options() {
    FitOptions options;
    options.recipe = make_recipe("gbu", "TOY", TrainMode::kAttribute);
    options.recipe.network->set_hidden_dim(24);
    options.recipe.network->max_steps = 0;
    options.recipe.network->evaluation_interval = 5;
    options.recipe.feature_scaling = ScalingKind::kMinMax;
    options.recipe.network->output_bias = OutputBias::kMean;
    options.recipe.network->l2_penalty.assign(2, 1e-4);
    options.recipe.network->loss_includes_l2 = true;
    options.solver = Solver::kStatistics;
    return options;
  }

  test::TemporaryFolder folder_;
};

TEST_F(FitSolver, EndsBelowTheLossOfManyEpochsOfBatches) {
  Dataset dataset = load();
  const FitResult solved = fit(dataset, options());
  EXPECT_TRUE(solved.report.summary.finished());
  FitOptions batches = options();
  batches.solver = Solver::kMinibatch;
  batches.recipe.network->learning_rate = 3e-3;
  batches.recipe.network->batch_size = 300;  // all images: its loss is the objective
  batches.recipe.network->num_epochs = 500;
  batches.recipe.network->evaluation_interval = 0;
  Dataset again = load();
  const FitResult trained = fit(again, batches);
  EXPECT_LE(*solved.report.summary.last_loss, *trained.report.summary.last_loss);
}

TEST_F(FitSolver, EveryMinimumOfTheSameDataRecognisesUnseenClasses) {
  Dataset dataset = load();
  const FitResult solved = fit(dataset, options());
  const EvaluationResult scores = evaluate_model(solved.model, dataset, Metric::kEuclidean);
  EXPECT_GT(scores.t1, 0.4);  // chance is 1/4
  EXPECT_GT(solved.model.temperature, 0.0f);
  EXPECT_EQ(solved.model.provenance.at("solver"), "statistics");
}

TEST_F(FitSolver, SelectsIterationsOnHeldOutClasses) {
  Dataset dataset = load();
  FitOptions validation = options();
  validation.recipe.selection = Selection::kValidation;
  std::vector<Index> evaluated;
  FitCallbacks callbacks;
  callbacks.on_epoch = [&](FitPhase phase, const EpochReport& report) {
    if (phase == FitPhase::kSelect) evaluated.push_back(report.epoch);
  };
  const FitResult fitted = fit(dataset, validation, callbacks);
  ASSERT_FALSE(evaluated.empty());
  EXPECT_EQ(evaluated.front(), 5);
  EXPECT_NE(std::find(evaluated.begin(), evaluated.end(), fitted.report.summary.steps),
            evaluated.end())
      << "trained for " << fitted.report.summary.steps << " iterations, which were never evaluated";
  EXPECT_EQ(fitted.model.provenance.at("selection"), "val");
}

TEST_F(FitSolver, LeavesNoStateToResumeAndRefusesTo) {
  Dataset dataset = load();
  FitOptions batches = options();
  batches.solver = Solver::kMinibatch;
  batches.recipe.network->num_epochs = 1;
  batches.output = folder_ / "out";
  (void)fit(dataset, batches);
  ASSERT_TRUE(fs::exists(folder_ / "out/last.safetensors"));
  FitOptions solver = options();
  solver.output = batches.output;
  Dataset again = load();
  (void)fit(again, solver);
  EXPECT_FALSE(fs::exists(folder_ / "out/last.safetensors"));
  EXPECT_TRUE(fs::exists(folder_ / "out/summary.json"));
  solver.resume = true;
  Dataset third = load();
  EXPECT_THROW((void)fit(third, solver), Error);
}

// It has no state to go on from, so that what was there before is worth more.
TEST_F(FitSolver, StoppedItHandsOutTheModelOfTheMomentAndWritesNothing) {
  Dataset dataset = load();
  FitOptions batches = options();
  batches.solver = Solver::kMinibatch;
  batches.recipe.network->num_epochs = 1;
  batches.output = folder_ / "out";
  (void)fit(dataset, batches);
  std::map<std::string, std::string> before;
  for (const auto& entry : fs::directory_iterator(batches.output)) {
    before[entry.path().filename()] = test::read_file(entry.path());
  }
  FitOptions solver = options();
  int iterations = 0;
  FitCallbacks callbacks;
  callbacks.on_step = [&](FitPhase, const StepReport&) { ++iterations; };
  callbacks.should_stop = [&] { return iterations == 3; };
  for (const char* output : {"out", "new"}) {
    iterations = 0;
    solver.output = folder_ / output;
    const FitResult stopped = fit(dataset, solver, callbacks);
    EXPECT_FALSE(stopped.report.summary.finished());
    EXPECT_EQ(stopped.report.summary.steps, 3);
    EXPECT_EQ(stopped.model.provenance.at("status"), "unfinished");
  }
  EXPECT_FALSE(fs::exists(folder_ / "new"));
  std::map<std::string, std::string> after;
  for (const auto& entry : fs::directory_iterator(batches.output)) {
    after[entry.path().filename()] = test::read_file(entry.path());
  }
  EXPECT_EQ(after, before);
  EXPECT_EQ(after.count("last.safetensors"), 1);
}

TEST_F(FitSolver, OutOfTimeItIsFinishedAndSaysWhy) {
  Dataset dataset = load();
  FitOptions solver = options();
  solver.output = folder_ / "out";
  solver.statistics.max_seconds = 1e-9;
  const FitResult fitted = fit(dataset, solver);
  EXPECT_EQ(fitted.report.summary.stop_reason, StopReason::kOutOfTime);
  EXPECT_TRUE(fitted.report.finished());
  EXPECT_GT(fitted.model.temperature, 0.0f);
  const Model loaded = load_model(folder_ / "out/model.safetensors");
  EXPECT_EQ(loaded.provenance.at("status"), "finished");
  EXPECT_EQ(loaded.provenance.at("stop_reason"), "max_seconds");
  const std::string summary = test::read_file(folder_ / "out/summary.json");
  EXPECT_NE(summary.find("\"stop_reason\": \"max_seconds\""), std::string::npos) << summary;
}

}  // namespace
}  // namespace dem
