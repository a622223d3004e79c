#include "learn/dem/solver_start.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "learn/dem/statistics_objective.h"
#include "support/training_case.h"

namespace dem::test {
namespace {

Matrix<double> random_doubles(Index rows, Index cols, Rng& rng) {
  const Matrix<float> random = normal_matrix(rows, cols, 1.0, rng);
  Matrix<double> result(rows, cols);
  std::copy_n(random.data(), random.size(), result.data());
  return result;
}

// The sum that fit_output_layer() minimises, image class by image class.
struct Ridge {
  Matrix<double> input, means;
  std::vector<double> counts;
  double ridge;

  [[nodiscard]] double value(const Matrix<double>& weight, const std::vector<double>& bias) const {
    double total = 0.0;
    for (Index u = 0; u < weight.rows(); ++u) {
      total += ridge * bias[static_cast<std::size_t>(u)] * bias[static_cast<std::size_t>(u)];
      for (const double w : weight.row(u)) total += ridge * w * w;
      for (Index c = 0; c < input.rows(); ++c) {
        double sum = bias[static_cast<std::size_t>(u)] - means(c, u);
        for (Index k = 0; k < input.cols(); ++k) sum += weight(u, k) * input(c, k);
        total += counts[static_cast<std::size_t>(c)] * sum * sum;
      }
    }
    return total;
  }
};

// More inputs than classes, and more classes than inputs: each is solved in another way.
TEST(FitOutputLayer, NoWeightCanMoveWithoutLoss) {
  Rng rng(3, Purpose::kInit);
  for (const auto& [classes, inputs] : {std::pair<Index, Index>{4, 9}, {9, 4}, {6, 5}}) {
    Ridge problem{random_doubles(classes, inputs, rng), random_doubles(classes, 3, rng), {}, 0.7};
    for (Index c = 0; c < classes; ++c) problem.counts.push_back(1.0 + static_cast<double>(c % 3));
    Matrix<double> weight(3, inputs);
    std::vector<double> bias(3);
    ASSERT_TRUE(fit_output_layer(
        problem.input, problem.counts, problem.means, problem.ridge, {weight, bias}));
    const double least = problem.value(weight, bias);
    std::vector<double*> all;
    for (Index i = 0; i < weight.size(); ++i) all.push_back(weight.data() + i);
    for (double& b : bias) all.push_back(&b);
    for (double* number : all) {
      const double kept = *number;
      constexpr double kStep = 1e-3;
      *number = kept + kStep;
      const double above = problem.value(weight, bias);
      *number = kept - kStep;
      const double below = problem.value(weight, bias);
      *number = kept;
      EXPECT_NEAR((above - below) / (2.0 * kStep), 0.0, 1e-9 * least);
      EXPECT_GT(above, least);
      EXPECT_GT(below, least);
    }
  }
}

TEST(FitOutputLayer, LeavesTheLayerWhereTheSystemIsSingular) {
  Matrix<double> input(2, 3);  // two classes with one description
  Matrix<double> means(2, 1);
  means(0, 0) = 1.0;
  Matrix<double> weight(1, 3);
  weight(0, 1) = 5.0;
  std::vector<double> bias{4.0};
  const std::vector<double> counts{1.0, 2.0};
  EXPECT_FALSE(fit_output_layer(input, counts, means, 0.0, {weight, bias}));
  EXPECT_EQ(weight(0, 1), 5.0);
  EXPECT_EQ(bias[0], 4.0);
}

NetworkSpec two_branches(Activation activation) {
  return {{{"attribute", 5, 1.0f}, {"word", 4, 0.5f}}, 6, 7, activation};
}

TEST(BalanceHiddenUnits, PrototypesStayAndThePenaltyIsLeast) {
  Rng rng(4, Purpose::kInit);
  TrainingCase test_case(two_branches(Activation::kRelu), 30, 5, rng);
  test_case.recipe.network->l2_penalty = {1e-2, 3e-2, 5e-3};
  const ClassStatistics statistics = gather_statistics(test_case.data);
  StatisticsObjective objective(test_case.network,
                                test_case.data.class_embeddings,
                                statistics,
                                test_case.recipe.network->l2_penalty);
  const auto parameters = test_case.network.parameters();
  std::vector<double> weights(parameters.begin(), parameters.end());
  std::vector<double> gradient(weights.size());
  const double before = objective(weights, gradient);
  const double error_before = objective.mean_squared_error();
  balance_hidden_units(test_case.network, test_case.recipe.network->l2_penalty, weights);
  const double after = objective(weights, gradient);
  EXPECT_NEAR(objective.mean_squared_error(), error_before, 1e-12);
  EXPECT_LT(after, before - 1e-4);
  // At the least penalty a unit's scale has no slope: what leads into it has as much as what leads
  // out. Without the error's part that is penalty * weight^2 summed over both sides.
  const auto side = [&](Index layer, Index unit, bool is_row) {
    const LayerView<double> part = test_case.network.layer_of(std::span<double>(weights), layer);
    double sum = is_row ? part.bias[static_cast<std::size_t>(unit)] *
                              part.bias[static_cast<std::size_t>(unit)]
                        : 0.0;
    for (Index i = 0; i < (is_row ? part.weight.cols() : part.weight.rows()); ++i) {
      const double weight = is_row ? part.weight(unit, i) : part.weight(i, unit);
      sum += weight * weight;
    }
    return test_case.recipe.network->l2_penalty[static_cast<std::size_t>(layer)] * sum;
  };
  for (Index k = 0; k < 6; ++k) {
    EXPECT_NEAR(side(0, k, true) + side(1, k, true), side(2, k, false), 1e-12) << k;
  }
}

TEST(BalanceHiddenUnits, LeavesWhatCannotBeScaled) {
  Rng rng(4, Purpose::kInit);
  for (const Activation activation : {Activation::kTanh, Activation::kRelu}) {
    TrainingCase test_case(two_branches(activation), 30, 5, rng);
    const auto parameters = test_case.network.parameters();
    std::vector<double> weights(parameters.begin(), parameters.end());
    const std::vector<double> before = weights;
    const std::vector<double> one_sided{0.0, 0.0, 1e-2};
    const std::vector<double> all{1e-2, 1e-2, 1e-2};
    balance_hidden_units(
        test_case.network, activation == Activation::kTanh ? all : one_sided, weights);
    EXPECT_EQ(weights, before);
  }
}

// Every output of this network is zero for every class: no gradient leads out of it.
TEST(BetterStart, RevivesOutputsThatAreZeroForAllClasses) {
  Rng rng(6, Purpose::kInit);
  TrainingCase test_case(two_branches(Activation::kRelu), 30, 5, rng);
  const std::vector<double> penalty(3, 1e-4);
  const ClassStatistics statistics = gather_statistics(test_case.data);
  StatisticsObjective objective(
      test_case.network, test_case.data.class_embeddings, statistics, penalty);
  const auto parameters = test_case.network.parameters();
  std::vector<double> weights(parameters.begin(), parameters.end());
  const LayerView<double> output = test_case.network.layer_of(std::span<double>(weights), 2);
  std::fill(output.bias.begin(), output.bias.end(), -100.0);
  std::vector<double> gradient(weights.size());
  (void)objective(weights, gradient);
  const double dead = objective.mean_squared_error();
  (void)objective(objective.better_start(weights), gradient);
  EXPECT_LT(objective.mean_squared_error(), 0.8 * dead);
}

TEST(BetterStart, IsNeverWorseThanTheGivenOne) {
  Rng rng(6, Purpose::kInit);
  TrainingCase test_case(two_branches(Activation::kRelu), 30, 5, rng);
  const ClassStatistics statistics = gather_statistics(test_case.data);
  const auto parameters = test_case.network.parameters();
  for (const double penalty : {0.0, 1e-3, 1e-1, 10.0}) {
    const std::vector<double> penalties(3, penalty);
    StatisticsObjective objective(
        test_case.network, test_case.data.class_embeddings, statistics, penalties);
    std::vector<double> weights(parameters.begin(), parameters.end());
    std::vector<double> gradient(weights.size());
    double value = objective(weights, gradient);
    for (int i = 0; i < 5; ++i) {
      weights = objective.better_start(weights);
      const double next = objective(weights, gradient);
      EXPECT_LE(next, value) << penalty << ", " << i;
      value = next;
    }
  }
}

}  // namespace
}  // namespace dem::test
