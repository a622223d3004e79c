#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "dem/base/error.h"
#include "dem/learn/trainer.h"

namespace dem {
namespace {

using Json = nlohmann::json;

Json read_draws() {
  std::ifstream file(DEM_SOURCE_DIR "/tests/data/parity/draws.json");
  EXPECT_TRUE(file);
  return Json::parse(file);
}

Network small_network() {
  return Network({{{"attribute", 5}}, 3, 4, Activation::kRelu});
}

NetworkRecipe small_recipe() {
  NetworkRecipe recipe;
  recipe.hidden_dim = 3;
  recipe.input_gains = {1.0f};
  recipe.init_sigma = {0.5, 0.25};
  recipe.l2_penalty = {0.0, 0.0};
  recipe.initial_bias = 0.125;
  return recipe;
}

TEST(EpochOrder, IsThatOfTheDocumentedGenerator) {
  const Json draws = read_draws();
  for (const Json& golden : draws["orders"]) {
    EXPECT_EQ(epoch_order(golden["n"].get<Index>(),
                          golden["seed"].get<std::uint64_t>(),
                          golden["epoch"].get<Index>()),
              golden["order"].get<std::vector<Index>>());
  }
}

TEST(EpochOrder, VisitsEveryRowOnce) {
  for (const Index n : {0, 1, 2, 100}) {
    std::vector<Index> order = epoch_order(n, 5, 9);
    std::sort(order.begin(), order.end());
    std::vector<Index> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), Index{0});
    EXPECT_EQ(order, all);
  }
}

TEST(Initialise, DrawsFromTheDocumentedGenerator) {
  const Json draws = read_draws();
  for (const Json& golden : draws["weights"]) {
    Network network = small_network();
    NetworkRecipe recipe = small_recipe();
    recipe.init = golden["truncated"].get<bool>() ? InitKind::kTruncatedNormal : InitKind::kNormal;
    initialise(network, recipe, {}, golden["seed"].get<std::uint64_t>());
    const auto expected = golden["parameters"].get<std::vector<float>>();
    ASSERT_EQ(expected.size(), network.parameters().size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      // Drawn in double on both sides, where logarithms may differ in the last bit, and rounded.
      EXPECT_NEAR(network.parameters()[i],
                  expected[i],
                  std::numeric_limits<float>::epsilon() * std::abs(expected[i]))
          << i;
    }
  }
}

TEST(Initialise, HasTheMomentsThatTheRecipeSays) {
  Network network({{{"attribute", 200}}, 100, 1, Activation::kRelu});
  NetworkRecipe recipe = small_recipe();
  recipe.hidden_dim = 100;
  for (const InitKind kind : {InitKind::kNormal, InitKind::kTruncatedNormal}) {
    recipe.init = kind;
    initialise(network, recipe, {}, 77);
    double sum = 0.0;
    double squares = 0.0;
    double largest = 0.0;
    const MatrixView<float> weight = network.layer(0).weight;
    for (Index i = 0; i < weight.rows(); ++i) {
      for (const float w : weight.row(i)) {
        sum += double{w};
        squares += double{w} * double{w};
        largest = std::max(largest, std::abs(double{w}));
      }
    }
    const double n = 20000.0;
    // Variance of N(0, 1) cut at 2: 1 - 4 phi(2) / (2 Phi(2) - 1) = 0.7737.
    const double variance = kind == InitKind::kNormal ? 0.25 : 0.25 * 0.7737;
    EXPECT_NEAR(sum / n, 0.0, 5.0 * std::sqrt(variance / n));
    EXPECT_NEAR(squares / n, variance, 5.0 * variance * std::sqrt(2.0 / n));
    if (kind == InitKind::kTruncatedNormal) {
      EXPECT_LE(largest, 1.0);
    } else {
      EXPECT_GT(largest, 1.5);
    }
  }
}

TEST(Initialise, OutputBiasIsWhatIsAskedFor) {
  const std::vector<float> mean{1.0f, 2.0f, 3.0f, 4.0f};
  const struct {
    OutputBias kind;
    std::vector<float> expected;
  } cases[] = {{OutputBias::kRecipe, {0.125f, 0.125f, 0.125f, 0.125f}},
               {OutputBias::kZero, {0.0f, 0.0f, 0.0f, 0.0f}},
               {OutputBias::kMean, mean}};
  for (const auto& c : cases) {
    Network network = small_network();
    NetworkRecipe recipe = small_recipe();
    recipe.output_bias = c.kind;
    initialise(network, recipe, mean, 1);
    const auto bias = network.layer(1).bias;
    EXPECT_EQ(std::vector<float>(bias.begin(), bias.end()), c.expected);
    for (const float b : network.layer(0).bias) EXPECT_EQ(b, 0.125f);
  }
}

TEST(Initialise, RefusesARecipeThatDoesNotFit) {
  Network network = small_network();
  NetworkRecipe recipe = small_recipe();
  recipe.output_bias = OutputBias::kMean;
  EXPECT_THROW(initialise(network, recipe, {}, 1), Error);
  recipe = small_recipe();
  recipe.init_sigma.pop_back();
  EXPECT_THROW(initialise(network, recipe, {}, 1), Error);
}

}  // namespace
}  // namespace dem
