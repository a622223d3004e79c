// Training by several ranks against training by one. Runs under mpirun, all tests on every rank.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "learn/dem/train_step.h"
#include "support/mpi_group.h"
#include "support/training_case.h"

namespace dem::test {
namespace {

constexpr Index kRows = 96;
constexpr Index kClasses = 7;

NetworkSpec attribute_spec() {
  return {.inputs = {{"attribute", 5, 1.0f}}, .hidden_dim = 9, .feature_dim = 70};
}

NetworkSpec fusion_spec() {
  return {.inputs = {{"word", 6, 1.0f}, {"attribute", 5, 3.0f}},
          .hidden_dim = 9,
          .feature_dim = 70,
          .hidden_activation = Activation::kTanh};
}

NetworkSpec linear_spec() {
  return {.inputs = {{"attribute", 5, 1.0f}}, .hidden_dim = 0, .feature_dim = 70};
}

// Rank r of N holds rows r, r + N, ...
struct Shard {
  Matrix<float> features;
  std::vector<Index> feature_rows;

  template <typename Holds>
  Shard(const TrainingCase& whole, Holds&& holds) : feature_rows(whole.rows.size(), -1) {
    Index held = 0;
    for (std::size_t i = 0; i < feature_rows.size(); ++i) {
      if (holds(static_cast<Index>(i))) feature_rows[i] = held++;
    }
    features = Matrix<float>(held, whole.features.cols());
    for (std::size_t i = 0; i < feature_rows.size(); ++i) {
      if (feature_rows[i] < 0) continue;
      const auto row = whole.features.row(static_cast<Index>(i));
      std::copy(row.begin(), row.end(), features.row(feature_rows[i]).begin());
    }
  }
};

Shard dealt(const TrainingCase& whole) {
  return {whole, [](Index i) { return i % mpi_group().size() == mpi_group().rank(); }};
}

TrainingSet set_of(const TrainingCase& whole, const Shard& shard, Exchange exchange) {
  TrainingSet data = whole.data;
  data.visual_features = shard.features;
  data.group = &mpi_group();
  data.feature_rows = shard.feature_rows;
  data.exchange = exchange;
  return data;
}

struct Outcome {
  std::vector<float> weights;
  std::vector<double> losses;
  TrainSummary summary;
};

Outcome run(const TrainingCase& start, const TrainingSet& data, TrainCallbacks callbacks = {}) {
  Network network = start.network.clone();
  Outcome result;
  callbacks.on_step = [&](const StepReport& report) { result.losses.push_back(report.loss); };
  result.summary = train(network, data, start.recipe, 1000, callbacks);
  const auto weights = std::as_const(network).parameters();
  result.weights.assign(weights.begin(), weights.end());
  return result;
}

// The losses of an epoch in the order of the rows. Without train(), which refuses bfloat16 where a
// processor lacks the instruction for it; the step then multiplies in plain loops.
std::vector<double> losses_of_steps(const TrainingCase& start, const TrainingSet& data) {
  Network network = start.network.clone();
  TrainStep step(network, data, *start.recipe.network);
  std::vector<double> losses;
  const auto batch_size = static_cast<std::size_t>(start.recipe.network->batch_size);
  for (std::size_t first = 0; first + batch_size <= data.rows.size(); first += batch_size) {
    losses.push_back(step.run(data.rows.subspan(first, batch_size)));
  }
  return losses;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double squared = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    squared += (double{a[i]} - double{b[i]}) * (double{a[i]} - double{b[i]});
  }
  return std::sqrt(squared);
}

// How far one process moves from itself where each weight starts one unit in the last place off:
// what rounding alone does to these weights in as many steps.
double distance_by_rounding(TrainingCase& start, const Outcome& one) {
  const Network kept = start.network.clone();
  for (float& weight : start.network.parameters()) {
    weight = std::nextafter(weight, std::numeric_limits<float>::infinity());
  }
  const double moved = distance(run(start, start.data).weights, one.weights);
  const auto weights = kept.parameters();
  std::copy(weights.begin(), weights.end(), start.network.parameters().begin());
  return moved;
}

struct Setting {
  const char* name;
  NetworkSpec spec;
  Exchange exchange;
  double clip_norm;
};

class TrainRanks : public testing::TestWithParam<Setting> {};

TEST_P(TrainRanks, EqualOneProcessWithTheSameBatchesToRounding) {
  Rng rng(7, Purpose::kInit);
  TrainingCase whole(GetParam().spec, kRows, kClasses, rng);
  whole.recipe.network->batch_size = 16;
  whole.recipe.network->num_epochs = 50;  // 300 steps
  whole.recipe.network->clip_norm = GetParam().clip_norm;
  whole.recipe.network->learning_rate = 1e-3;
  whole.recipe.network->l2_penalty.assign(whole.recipe.network->l2_penalty.size(), 1e-3);
  whole.recipe.network->loss_includes_l2 = true;
  const Outcome one = run(whole, whole.data);
  const Shard shard = dealt(whole);
  const Outcome ranks = run(whole, set_of(whole, shard, GetParam().exchange));
  ASSERT_EQ(one.losses.size(), 300u);
  ASSERT_EQ(ranks.losses.size(), 300u);
  if (mpi_group().size() == 1) {
    EXPECT_EQ(
        0,
        std::memcmp(one.weights.data(), ranks.weights.data(), one.weights.size() * sizeof(float)));
    EXPECT_EQ(one.losses, ranks.losses);
    EXPECT_EQ(ranks.summary.exchanged_bytes, 0);
    return;
  }
  EXPECT_NEAR(ranks.losses[0], one.losses[0], 1e-6 * one.losses[0]);
  for (std::size_t i = 0; i < 300; ++i) {
    ASSERT_NEAR(ranks.losses[i], one.losses[i], 1e-3 * one.losses[i]) << "step " << i;
  }
  EXPECT_LE(distance(ranks.weights, one.weights), 10.0 * distance_by_rounding(whole, one));
}

INSTANTIATE_TEST_SUITE_P(
    Settings,
    TrainRanks,
    testing::Values(
        Setting{"AttributeStatistics", attribute_spec(), Exchange::kStatistics, 0.0},
        Setting{"AttributeGradients", attribute_spec(), Exchange::kGradients, 0.0},
        Setting{"AttributeGradientsClipped", attribute_spec(), Exchange::kGradients, 0.01},
        Setting{"AttributeStatisticsClipped", attribute_spec(), Exchange::kStatistics, 0.01},
        Setting{"FusionStatistics", fusion_spec(), Exchange::kStatistics, 0.2},
        Setting{"FusionGradients", fusion_spec(), Exchange::kGradients, 0.2},
        Setting{"LinearStatistics", linear_spec(), Exchange::kStatistics, 0.0},
        Setting{"LinearGradients", linear_spec(), Exchange::kGradients, 0.0}),
    [](const auto& setting) { return setting.param.name; });

class TrainRanksByExchange : public testing::TestWithParam<Exchange> {
 protected:
  TrainRanksByExchange() : whole_(attribute_spec(), kRows, kClasses, rng_) {
    whole_.recipe.network->batch_size = 3;
    whole_.recipe.network->num_epochs = 1;
  }
  Rng rng_{8, Purpose::kInit};
  TrainingCase whole_;
};

TEST_P(TrainRanksByExchange, ARankMayHoldNoImageOfABatchOrNoneAtAll) {
  const int last = mpi_group().size() - 1;
  const Shard shard(whole_, [&](Index i) {  // three quarters on rank 0, the rest on the last
    return i % 4 < 3 ? mpi_group().rank() == 0 : mpi_group().rank() == last;
  });
  const Outcome one = run(whole_, whole_.data);
  const Outcome ranks = run(whole_, set_of(whole_, shard, GetParam()));
  for (std::size_t i = 0; i < one.losses.size(); ++i) {
    ASSERT_NEAR(ranks.losses[i], one.losses[i], 1e-4 * one.losses[i]) << "step " << i;
  }
  whole_.recipe.network->precision = Precision::kBf16;
  const std::vector<double> alone = losses_of_steps(whole_, whole_.data);
  const std::vector<double> together = losses_of_steps(whole_, set_of(whole_, shard, GetParam()));
  for (std::size_t i = 0; i < alone.size(); ++i) {
    // A rank rounds the errors of its own images.
    ASSERT_NEAR(together[i], alone[i], 1e-2 * alone[i]) << "step " << i << " in bf16";
  }
}

TEST_P(TrainRanksByExchange, ABadFeatureOfOneRankEndsAllWithTheSameError) {
  whole_.features(kRows - 1, 3) = std::numeric_limits<float>::quiet_NaN();
  const Shard shard = dealt(whole_);
  try {
    (void)run(whole_, set_of(whole_, shard, GetParam()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical);
    EXPECT_EQ(dynamic_cast<const AgreedError*>(&error) != nullptr, mpi_group().size() > 1);
  }
}

TEST_P(TrainRanksByExchange, OneRankThatStopsStopsAllAtTheSameStep) {
  const Shard shard = dealt(whole_);
  int asked = 0;
  TrainCallbacks callbacks;
  callbacks.should_stop = [&] {
    return ++asked > 5 && mpi_group().rank() == mpi_group().size() - 1;
  };
  const Outcome ranks = run(whole_, set_of(whole_, shard, GetParam()), callbacks);
  EXPECT_FALSE(ranks.summary.finished());
  EXPECT_EQ(ranks.summary.steps, 5);
}

TEST_P(TrainRanksByExchange, AllRanksEndWithTheRootsWeights) {
  const Shard shard = dealt(whole_);
  if (!mpi_group().is_root()) fill_normal(whole_.network.parameters(), 1.0, rng_);
  const Outcome ranks = run(whole_, set_of(whole_, shard, GetParam()));
  std::vector<float> roots = ranks.weights;
  mpi_group().broadcast(std::as_writable_bytes(std::span(roots)), 0);
  EXPECT_EQ(ranks.weights, roots);
}

INSTANTIATE_TEST_SUITE_P(Exchanges,
                         TrainRanksByExchange,
                         testing::Values(Exchange::kGradients, Exchange::kStatistics),
                         [](const auto& setting) { return std::string(to_string(setting.param)); });

TEST(TrainRanksChecks, ARowThatNoRankHoldsIsAnErrorEverywhere) {
  Rng rng(9, Purpose::kInit);
  const TrainingCase whole(attribute_spec(), kRows, kClasses, rng);
  const Shard shard(whole, [](Index i) { return i > 0 && mpi_group().is_root(); });
  try {
    (void)run(whole, set_of(whole, shard, Exchange::kAuto));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "train: feature_rows: expected each of 96 training rows on exactly one rank, got others");
  }
}

// As many rows as there should be, half of them twice.
TEST(TrainRanksChecks, RowsOnTwoRanksAreAnErrorAlsoWhereTheNumberIsRight) {
  if (mpi_group().size() != 2) GTEST_SKIP() << "for two ranks";
  Rng rng(9, Purpose::kInit);
  const TrainingCase whole(attribute_spec(), kRows, kClasses, rng);
  const Shard shard(whole, [](Index i) { return i % 2 == 0; });
  EXPECT_THROW((void)run(whole, set_of(whole, shard, Exchange::kAuto)), AgreedError);
}

TEST(TrainRanksChecks, TheCheaperExchangeIsTaken) {
  if (mpi_group().size() == 1) GTEST_SKIP() << "one rank exchanges nothing";
  Rng rng(10, Purpose::kInit);
  TrainingCase whole(attribute_spec(), kRows, kClasses, rng);
  whole.recipe.network->batch_size = 16;
  whole.recipe.network->num_epochs = 1;
  const Shard shard = dealt(whole);
  const auto bytes = [&](Exchange exchange) {
    return run(whole, set_of(whole, shard, exchange)).summary.exchanged_bytes;
  };
  // 7 x 70 numbers at most against 5 x 9 + 9 + 9 x 70 + 70, and a loss of 8 bytes, in 6 steps.
  EXPECT_EQ(bytes(Exchange::kGradients), 6 * (4 * 754 + 8));
  EXPECT_LE(bytes(Exchange::kStatistics), 6 * (4 * 490 + 8));
  EXPECT_EQ(bytes(Exchange::kAuto), bytes(Exchange::kStatistics));
}

// With a class an image the sums of all 96 classes would be fewer numbers than the weights.
TEST(TrainRanksChecks, StatisticsAreNotTakenWhereRanksWouldShareNoWork) {
  if (mpi_group().size() == 1) GTEST_SKIP() << "one rank exchanges nothing";
  Rng rng(11, Purpose::kInit);
  const NetworkSpec wide{
      .inputs = {{"attribute", 10, 1.0f}}, .hidden_dim = 110, .feature_dim = 1400};
  TrainingCase whole(wide, kRows, kRows, rng);
  for (std::size_t i = 0; i < whole.labels.size(); ++i) {
    whole.labels[i] = static_cast<ClassId>(i);
  }
  whole.recipe.network->batch_size = kRows;
  whole.recipe.network->num_epochs = 1;
  const auto weights = static_cast<Index>(whole.network.parameters().size());
  ASSERT_LT(kRows * 1400, weights);
  const Shard shard = dealt(whole);
  const Index bytes = run(whole, set_of(whole, shard, Exchange::kAuto)).summary.exchanged_bytes;
  EXPECT_EQ(bytes, 4 * weights + 8);
}

}  // namespace
}  // namespace dem::test
