// 300 steps of every network under every recipe against numpy in double precision
// (tools/make_parity_fixtures.py), from the generator's first draw to the last weight.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "dem/learn/trainer.h"

namespace dem {
namespace {

using Json = nlohmann::json;

constexpr double kEpsilon = std::numeric_limits<float>::epsilon();

Json read_fixture(const std::string& name) {
  std::ifstream file(std::string(DEM_SOURCE_DIR) + "/tests/data/parity/" + name + ".json");
  EXPECT_TRUE(file) << name;
  return Json::parse(file);
}

Matrix<float> to_matrix(const Json& values, Index cols) {
  Matrix<float> matrix(static_cast<Index>(values.size()) / cols, cols);
  for (Index i = 0; i < matrix.size(); ++i) {
    matrix.data()[i] = values[static_cast<std::size_t>(i)].get<float>();
  }
  return matrix;
}

struct Problem {
  explicit Problem(const Json& fixture)
      : seed(fixture["seed"].get<std::uint64_t>()),
        recipe(make_recipe(fixture["recipe"].get<std::string>(),
                           fixture["dataset"].get<std::string>(),
                           train_mode_from_string(fixture["mode"].get<std::string>()))),
        features(to_matrix(fixture["features"], fixture["feature_dim"].get<Index>())),
        labels(fixture["labels"].get<std::vector<ClassId>>()),
        rows(labels.size()) {
    recipe.network->set_hidden_dim(fixture["hidden_dim"].get<Index>());
    recipe.network->batch_size = fixture["batch_size"].get<Index>();
    recipe.network->learning_rate = fixture["learning_rate"].get<double>();
    recipe.network->l2_penalty = fixture.value("l2_penalty", recipe.network->l2_penalty);
    recipe.network->output_bias = output_bias_from_string(fixture.value("output_bias", "recipe"));
    recipe.network->max_steps = static_cast<Index>(fixture["losses"].size());
    std::iota(rows.begin(), rows.end(), Index{0});
    for (std::size_t i = 0; i < fixture["embeddings"].size(); ++i) {
      classes.embeddings.push_back(
          to_matrix(fixture["embeddings"][i], fixture["input_dims"][i].get<Index>()));
    }
    classes.spaces = input_spaces(train_mode_from_string(fixture["mode"].get<std::string>()));
    network = Network(recipe.network->network_spec(classes, features.cols()));
    data = {features, labels, rows, {classes.embeddings.begin(), classes.embeddings.end()}};
  }

  std::uint64_t seed;
  Recipe recipe;
  Matrix<float> features;
  std::vector<ClassId> labels;
  std::vector<Index> rows;
  ClassTable classes;
  Network network;
  TrainingSet data;
};

// Both sides draw in double and round once; their logarithms may differ in the last bit.
void expect_initial(const Network& network, const std::vector<float>& expected) {
  ASSERT_EQ(network.parameters().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(network.parameters()[i], expected[i], kEpsilon * std::abs(expected[i])) << i;
  }
}

std::vector<float> mean_of(MatrixView<const float> features) {
  std::vector<float> mean;
  for (Index j = 0; j < features.cols(); ++j) {
    double sum = 0.0;
    for (Index i = 0; i < features.rows(); ++i) sum += double{features(i, j)};
    mean.push_back(static_cast<float>(sum / static_cast<double>(features.rows())));
  }
  return mean;
}

std::vector<double> train_as(Problem& problem, const Json& fixture) {
  initialise(problem.network, *problem.recipe.network, mean_of(problem.features), problem.seed);
  expect_initial(problem.network, fixture["initial"].get<std::vector<float>>());
  std::vector<double> losses;
  TrainCallbacks callbacks;
  callbacks.on_step = [&](const StepReport& report) { losses.push_back(report.loss); };
  train(problem.network, problem.data, problem.recipe, problem.seed, callbacks);
  return losses;
}

void expect_weights(const Network& network, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(network.parameters().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(network.parameters()[i], expected[i], tolerance) << "parameter " << i;
  }
}

class Parity : public testing::TestWithParam<std::string> {};

TEST_P(Parity, TrainsAsTheDoublePrecisionReferenceDoes) {
  const Json fixture = read_fixture(GetParam());
  Problem problem(fixture);
  const std::vector<double> losses = train_as(problem, fixture);
  const auto expected = fixture["losses"].get<std::vector<double>>();
  ASSERT_EQ(losses.size(), expected.size());
  // Weights are of the order of 1 or below and each step rounds them by up to epsilon / 2; errors
  // of the gradient are smaller still, since Adam's update is at most some learning rates large.
  const double tolerance = static_cast<double>(losses.size()) * kEpsilon / 2.0;
  for (std::size_t t = 0; t < losses.size(); ++t) {
    ASSERT_NEAR(losses[t], expected[t], tolerance * expected[t]) << "step " << t + 1;
  }
  expect_weights(problem.network, fixture["final"].get<std::vector<double>>(), tolerance);
}

class TightParity : public testing::TestWithParam<std::string> {};

// Features, and with them biases, are near 105, while the losses fall towards 0.
TEST_P(TightParity, LossesNearZeroAreThoseOfTheDoublePrecisionReference) {
  const Json fixture = read_fixture("tight_" + GetParam());
  Problem problem(fixture);
  const std::vector<double> losses = train_as(problem, fixture);
  const auto expected = fixture["losses"].get<std::vector<double>>();
  ASSERT_EQ(losses.size(), expected.size());
  // Each step rounds a bias, and with it every distance to a feature, by up to epsilon / 2 of 110;
  // the root of the loss is a mean of such distances.
  const double tolerance = static_cast<double>(losses.size()) * kEpsilon / 2.0 * 110.0;
  for (std::size_t t = 0; t < losses.size(); ++t) {
    ASSERT_GE(losses[t], 0.0) << "step " << t + 1;
    ASSERT_NEAR(std::sqrt(losses[t]), std::sqrt(expected[t]), tolerance) << "step " << t + 1;
  }
  expect_weights(problem.network, fixture["final"].get<std::vector<double>>(), tolerance);
}

INSTANTIATE_TEST_SUITE_P(EveryNetwork,
                         TightParity,
                         testing::Values("DEMNet1", "DEMNet2", "DEMNet3", "DEMNet4"));

std::vector<std::string> fixture_names() {
  std::vector<std::string> names;
  for (const char* network : {"DEMNet1", "DEMNet2", "DEMNet3", "DEMNet4"}) {
    for (const char* recipe : {"mindspore", "mindspore-intended", "tensorflow", "gbu"}) {
      names.push_back(std::string(network) + "_" + recipe);
    }
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(AllNetworksAndRecipes,
                         Parity,
                         testing::ValuesIn(fixture_names()),
                         [](const testing::TestParamInfo<std::string>& fixture) {
                           std::string name = fixture.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });
}  // namespace
}  // namespace dem
