// fit() by several ranks of recipes that learn at once, against one process. Runs under mpirun, all
// tests on every rank.
#include <gtest/gtest.h>

#include <cmath>

#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "dem/learn/family.h"
#include "dem/pipeline/fit.h"
#include "dem/search/predictor.h"
#include "support/files.h"
#include "support/mpi_group.h"
#include "support/toy_for_ranks.h"

namespace dem {
namespace {

class LearnAtOnceRanks : public test::ToyForRanks, public testing::WithParamInterface<const char*> {
 protected:
  LearnAtOnceRanks() : ToyForRanks(/*feature_dim=*/20) {}
};

TEST_P(LearnAtOnceRanks, HaveOneModelAndItIsThatOfOneProcess) {
  FitOptions options;
  options.recipe = make_recipe(GetParam(), "TOY", TrainMode::kAttribute);
  const FitResult one = fit(load(false), options);
  options.group = &mpi_group();
  const Dataset shard = load(true);
  const FitResult ranks = fit(shard, options);
  std::string root = model_to_bytes(ranks.model);
  const std::string mine = root;
  broadcast(mpi_group(), root);
  EXPECT_TRUE(mine == root);
  EXPECT_EQ(ranks.model.provenance.at("lambda"), one.model.provenance.at("lambda"));
  const Matrix<float>& got = ranks.model.prototypes.rows;
  const Matrix<float>& expected = one.model.prototypes.rows;
  float largest = 0.0f;
  for (Index i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected.data()[i]));
  }
  ASSERT_EQ(got.size(), expected.size());
  for (Index i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(got.data()[i], expected.data()[i], 1e-4f * largest) << i;
  }
}

// They would wait for each other for ever.
TEST_P(LearnAtOnceRanks, RefuseOptionsThatDiffer) {
  FitOptions options;
  options.recipe = make_recipe(GetParam(), "TOY", TrainMode::kAttribute);
  options.group = &mpi_group();
  options.seed = static_cast<std::uint64_t>(mpi_group().rank());
  const Dataset shard = load(true);
  if (mpi_group().size() == 1) return;
  EXPECT_THROW((void)fit(shard, options), Error);
}

class CnzslOfRanks : public test::ToyForRanks {
 protected:
  CnzslOfRanks() : ToyForRanks(/*feature_dim=*/20) {}
};

TEST_F(CnzslOfRanks, AreRefusedEverywhere) {
  FitOptions options;
  options.recipe = make_recipe("cnzsl", "TOY", TrainMode::kAttribute);
  options.group = &mpi_group();
  const Dataset shard = load(true);
  if (mpi_group().size() == 1) return;
  test::expect_error(ErrorKind::kInvalidArgument, {"single images in one process"}, [&] {
    (void)fit(shard, options);
  });
}

class KernelPrototypesOfRanks : public test::ToyForRanks {
 protected:
  KernelPrototypesOfRanks() : ToyForRanks(/*feature_dim=*/20) {}
};

// Whatever rounding chooses, it is one model.
TEST_F(KernelPrototypesOfRanks, AreOneModel) {
  FitOptions options;
  options.recipe = make_recipe("kernel-prototypes", "TOY", TrainMode::kAttribute);
  options.group = &mpi_group();
  const FitResult ranks = fit(load(true), options);
  std::string root = model_to_bytes(ranks.model);
  const std::string mine = root;
  broadcast(mpi_group(), root);
  EXPECT_TRUE(mine == root);
  EXPECT_EQ(ranks.model.provenance.at("selection"), "val");
}

TEST_F(KernelPrototypesOfRanks, OfGivenSettingsAreThoseOfOneProcess) {
  FitOptions options;
  options.recipe = make_recipe("kernel-prototypes", "TOY", TrainMode::kAttribute);
  options.recipe.set({{"tune", "none"}, {"kappa", "0.2"}, {"hub", "0.2"}});
  const FitResult one = fit(load(false), options);
  options.group = &mpi_group();
  const FitResult ranks = fit(load(true), options);
  const Matrix<float>& got = ranks.model.prototypes.rows;
  const Matrix<float>& expected = one.model.prototypes.rows;
  ASSERT_EQ(got.size(), expected.size());
  for (Index i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(got.data()[i], expected.data()[i], 1e-3f) << i;  // of unit rows
  }
}

class WhitenedOfRanks : public test::ToyForRanks, public testing::WithParamInterface<const char*> {
 protected:
  WhitenedOfRanks() : ToyForRanks(/*feature_dim=*/20) {}
};

// Whatever rounding chooses, it is one model.
TEST_P(WhitenedOfRanks, AreOneModel) {
  FitOptions options;
  options.recipe = make_recipe(GetParam(), "TOY", TrainMode::kAttribute);
  options.group = &mpi_group();
  const FitResult ranks = fit(load(true), options);
  std::string root = model_to_bytes(ranks.model);
  const std::string mine = root;
  broadcast(mpi_group(), root);
  EXPECT_TRUE(mine == root);
  EXPECT_EQ(ranks.model.provenance.at("selection"), "val");
}

// Eigenvectors may be turned by rounding, so scores are compared.
TEST_P(WhitenedOfRanks, OfGivenSettingsScoreAsThoseOfOneProcess) {
  FitOptions options;
  options.recipe = make_recipe(GetParam(), "TOY", TrainMode::kAttribute);
  for (const auto& [name, grid] : make_recipe(GetParam(), "TOY", TrainMode::kAttribute).settings) {
    if (!name.ends_with("_grid")) continue;
    options.recipe.set({{name.substr(0, name.size() - 5), grid.substr(0, grid.find(' '))}});
  }
  const Dataset whole = load(false);
  const FitResult one = fit(whole, options);
  options.group = &mpi_group();
  const FitResult ranks = fit(load(true), options);
  const Prediction a = Predictor(ranks.model, {.top_k = 3}).predict(whole.visual_features);
  const Prediction b = Predictor(one.model, {.top_k = 3}).predict(whole.visual_features);
  ASSERT_EQ(a.scores.size(), b.scores.size());
  for (Index i = 0; i < a.scores.size(); ++i) {
    const double expected = double{b.scores.data()[i]};
    ASSERT_NEAR(a.scores.data()[i], expected, 1e-3 * (1.0 + std::abs(expected))) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Recipes,
                         WhitenedOfRanks,
                         testing::Values("whitened", "gp", "dem"),
                         [](const auto& one) { return std::string(one.param); });

INSTANTIATE_TEST_SUITE_P(Recipes,
                         LearnAtOnceRanks,
                         testing::Values("ridge", "ridge-v2s", "eszsl", "sae"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace dem
