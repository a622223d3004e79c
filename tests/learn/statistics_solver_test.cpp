#include "dem/learn/statistics_solver.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "learn/dem/statistics_objective.h"
#include "support/naive_step.h"
#include "support/training_case.h"

namespace dem::test {
namespace {

struct Setting {
  const char* name;
  NetworkSpec spec;
};

class StatisticsSolver : public testing::TestWithParam<Setting> {
 protected:
  StatisticsSolver() : case_(GetParam().spec, 60, 7, rng_) {
    case_.recipe.network->loss_includes_l2 = true;
    for (double& penalty : case_.recipe.network->l2_penalty) penalty = 3e-3;
  }
  [[nodiscard]] std::vector<double> weights() const {
    const auto parameters = case_.network.parameters();
    return {parameters.begin(), parameters.end()};
  }

  Rng rng_{12, Purpose::kInit};
  TrainingCase case_;
};

// Of networks that no recipe trains, too.
class StatisticsObjectives : public StatisticsSolver {};

// Image by image, in plain loops.
TEST_P(StatisticsObjectives, ObjectiveIsTheLossOverAllImages) {
  const ClassStatistics statistics = gather_statistics(case_.data);
  StatisticsObjective objective(
      case_.network, case_.data.class_embeddings, statistics, case_.recipe.network->l2_penalty);
  std::vector<double> gradient(weights().size());
  const double value = objective(weights(), gradient);
  const NaiveStep naive(case_.network, case_.data, *case_.recipe.network);
  // The oracle has the constants of the activation in double precision, the network in float32.
  EXPECT_NEAR(value, naive.loss(case_.rows), 1e-7 * value);
  EXPECT_NEAR(objective.mean_squared_error(), naive.mean_squared_error(case_.rows), 1e-7 * value);
}

TEST_P(StatisticsObjectives, GradientIsThatOfFiniteDifferences) {
  const ClassStatistics statistics = gather_statistics(case_.data);
  StatisticsObjective objective(
      case_.network, case_.data.class_embeddings, statistics, case_.recipe.network->l2_penalty);
  const std::vector<double> at = weights();
  std::vector<double> gradient(at.size());
  std::vector<double> unused(at.size());
  objective(at, gradient);
  constexpr double kStep = 1e-6;
  for (std::size_t i = 0; i < at.size(); ++i) {
    std::vector<double> above = at;
    std::vector<double> below = at;
    above[i] += kStep;
    below[i] -= kStep;
    const double expected = (objective(above, unused) - objective(below, unused)) / (2.0 * kStep);
    ASSERT_NEAR(gradient[i], expected, 1e-6 * std::max(1.0, std::abs(expected))) << i;
  }
}

TEST_P(StatisticsSolver, ConvergesBelowWhatBatchesReach) {
  const ClassStatistics statistics = gather_statistics(case_.data);
  const auto objective_at = [&](const Network& network) {
    StatisticsObjective objective(
        network, case_.data.class_embeddings, statistics, case_.recipe.network->l2_penalty);
    const auto parameters = network.parameters();
    std::vector<double> gradient(parameters.size());
    return objective(std::vector<double>(parameters.begin(), parameters.end()), gradient);
  };
  Network by_batches = case_.network.clone();
  Recipe recipe = case_.recipe;
  recipe.network->num_epochs = 400;
  (void)train(by_batches, case_.data, recipe, 1, {});
  Network solved = case_.network.clone();
  const SolverReport report = solve_statistics(solved,
                                               case_.data.class_embeddings,
                                               statistics,
                                               *case_.recipe.network,
                                               {.tolerance = 1e-6, .max_iterations = 5000});
  EXPECT_TRUE(report.converged || report.flat) << report.iterations << " " << report.gradient_norm;
  EXPECT_NEAR(objective_at(solved), report.objective, 1e-6 * report.objective);
  EXPECT_LT(report.objective, objective_at(case_.network));
  EXPECT_LE(report.objective, objective_at(by_batches));
}

// Without a hidden layer the closed-form start is the minimum.
TEST(StatisticsTraining, EvaluatesAndSelectsWhatConvergesAtOnce) {
  Rng rng(12, Purpose::kInit);
  TrainingCase problem({{{"word", 11}}, 0, 9}, 60, 7, rng);
  problem.recipe.network->l2_penalty = {3e-3};
  problem.recipe.selection = Selection::kTest;
  const ClassStatistics statistics = gather_statistics(problem.data);
  int epochs = 0;
  TrainCallbacks callbacks;
  callbacks.on_evaluate = [](const Network&) { return 0.75; };
  callbacks.on_epoch = [&](const EpochReport& report) {
    ++epochs;
    EXPECT_EQ(report.accuracy, 0.75);
  };
  const TrainSummary summary = train_from_statistics(
      problem.network, problem.data.class_embeddings, statistics, problem.recipe, {}, callbacks);
  EXPECT_EQ(summary.steps, 0);
  EXPECT_EQ(epochs, 1);
  EXPECT_TRUE(summary.selected);
  EXPECT_EQ(summary.best_accuracy, 0.75);
}

TEST_P(StatisticsSolver, StopsWhereItIsTold) {
  const ClassStatistics statistics = gather_statistics(case_.data);
  // Without a hidden layer L-BFGS begins at the end.
  const SolverOptions options{.method = GetParam().spec.hidden_dim > 0 ? SolverMethod::kLbfgs
                                                                       : SolverMethod::kAdam};
  const SolverReport report =
      solve_statistics(case_.network,
                       case_.data.class_embeddings,
                       statistics,
                       *case_.recipe.network,
                       options,
                       [](const SolverReport& at) { return at.iterations == 2; });
  EXPECT_EQ(report.iterations, 2);
  EXPECT_FALSE(report.converged);
}

// After the first evaluation that there is, with a point no worse than the start.
TEST_P(StatisticsSolver, EndsWhereItsTimeIsOver) {
  const ClassStatistics statistics = gather_statistics(case_.data);
  for (const SolverMethod method : {SolverMethod::kLbfgs, SolverMethod::kAdam}) {
    if (method == SolverMethod::kLbfgs && GetParam().spec.hidden_dim == 0) continue;
    const SolverReport report =
        solve_statistics(case_.network,
                         case_.data.class_embeddings,
                         statistics,
                         *case_.recipe.network,
                         {.method = method, .tolerance = 1e-300, .max_seconds = 1e-9});
    EXPECT_TRUE(report.out_of_time);
    EXPECT_FALSE(report.stopped);
    EXPECT_LE(report.iterations, 1);
    EXPECT_EQ(report.end(), "max_seconds");
  }
}

TEST_P(StatisticsSolver, ARankThatIsToldToStopsAll) {
  const ClassStatistics statistics = gather_statistics(case_.data);
  const SolverReport report = solve_statistics(
      case_.network,
      case_.data.class_embeddings,
      statistics,
      *case_.recipe.network,
      {.method = SolverMethod::kAdam, .tolerance = 1e-300, .max_seconds = 1e-9, .should_stop = [] {
         return true;
       }});
  EXPECT_TRUE(report.stopped);
  EXPECT_FALSE(report.out_of_time);  // who stops it does not want what there is
  EXPECT_EQ(report.end(), "stopped");
}

TEST_P(StatisticsSolver, PartsThatDoNotFitAreRefused) {
  const ClassStatistics statistics = gather_statistics(case_.data);
  ClassStatistics narrow;
  narrow.counts = statistics.counts;
  narrow.means = Matrix<double>(statistics.num_classes(), 3);
  narrow.scatter.resize(3);
  ClassStatistics none = gather_statistics(case_.data);
  none.counts.assign(none.counts.size(), 0);
  const auto solve = [&](const ClassStatistics& s, const SolverOptions& options) {
    (void)solve_statistics(
        case_.network, case_.data.class_embeddings, s, *case_.recipe.network, options);
  };
  EXPECT_THROW(solve(narrow, {}), Error);
  EXPECT_THROW(solve(none, {}), Error);
  case_.recipe.network->precision = Precision::kBf16;
  EXPECT_THROW(solve(statistics, {}), Error);  // refused on every processor, for one reason or two
  case_.recipe.network->precision = Precision::kFloat32;
  EXPECT_THROW(solve(statistics, {.tolerance = 0.0}), Error);
  EXPECT_THROW(solve(statistics, {.max_iterations = 0}), Error);
  EXPECT_THROW(solve(statistics, {.max_seconds = -1.0}), Error);
}

const Setting kSettings[] = {
    {"Attribute", {.inputs = {{"attribute", 5, 1.0f}}, .hidden_dim = 9, .feature_dim = 11}},
    {"Fusion",
     {.inputs = {{"word", 6, 1.0f}, {"attribute", 5, 3.0f}},
      .hidden_dim = 9,
      .feature_dim = 11,
      .hidden_activation = Activation::kScaledTanh}},
    {"IdentityOutput",
     {.inputs = {{"attribute", 5, 1.0f}},
      .hidden_dim = 9,
      .feature_dim = 11,
      .hidden_activation = Activation::kTanh,
      .output_activation = Activation::kIdentity}},
    {"TanhOutput",
     {.inputs = {{"attribute", 5, 1.0f}},
      .hidden_dim = 9,
      .feature_dim = 11,
      .output_activation = Activation::kTanh}},
    {"LinearIdentity",
     {.inputs = {{"attribute", 5, 1.0f}},
      .feature_dim = 11,
      .output_activation = Activation::kIdentity}},
    {"Linear", {.inputs = {{"attribute", 5, 1.0f}}, .feature_dim = 11}}};

// Recipes have one input or two.
const Setting kThreeInputs[] = {
    {"IdentityOutput",
     {.inputs = {{"word", 6, 1.0f}, {"attribute", 5, 3.0f}, {"text", 3, 0.5f}},
      .hidden_dim = 9,
      .feature_dim = 11,
      .output_activation = Activation::kIdentity}},
    {"TanhOutput",
     {.inputs = {{"word", 6, 1.0f}, {"attribute", 5, 3.0f}, {"text", 3, 0.5f}},
      .hidden_dim = 9,
      .feature_dim = 11,
      .hidden_activation = Activation::kScaledTanh,
      .output_activation = Activation::kTanh}}};

const auto kName = [](const auto& setting) { return setting.param.name; };

INSTANTIATE_TEST_SUITE_P(Networks, StatisticsSolver, testing::ValuesIn(kSettings), kName);
INSTANTIATE_TEST_SUITE_P(Networks, StatisticsObjectives, testing::ValuesIn(kSettings), kName);
INSTANTIATE_TEST_SUITE_P(ThreeInputs, StatisticsObjectives, testing::ValuesIn(kThreeInputs), kName);

}  // namespace
}  // namespace dem::test
