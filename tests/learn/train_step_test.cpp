#include "learn/dem/train_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "support/gradient_checker.h"
#include "support/naive_step.h"
#include "support/training_case.h"

namespace dem {
namespace {

using test::NaiveStep;
using test::TrainingCase;

constexpr double kEpsilon = std::numeric_limits<float>::epsilon();

// A step takes either on any processor: where one lacks the instruction for bfloat16, its products
// run in plain loops. Only a recipe for train() is refused there, as slow.
constexpr Precision kPrecisions[] = {Precision::kFloat32, Precision::kBf16};

// DEMNet1 to DEMNet4 scaled down, both fusion activations, widths beside and beyond the grain of
// the pieces of work (64) and the product's tile (128).
std::vector<NetworkSpec> shapes() {
  std::vector<NetworkSpec> specs;
  for (const Activation activation :
       {Activation::kRelu, Activation::kTanh, Activation::kScaledTanh}) {
    specs.push_back({{{"attribute", 12}}, 10, 14, activation});
    specs.push_back({{{"attribute", 3, 0.5f}}, 70, 5, activation});
    specs.push_back({{{"word", 9}, {"attribute", 6, 3.0f}}, 11, 130, activation});
    specs.push_back({{{"word", 1}, {"attribute", 1}}, 1, 1, activation});
  }
  // What no recipe has yet: outputs that may be negative, and a third input.
  for (const Activation output : {Activation::kIdentity, Activation::kTanh}) {
    specs.push_back({{{"attribute", 12}}, 10, 14, Activation::kRelu, output});
    specs.push_back({{{"word", 9}, {"attribute", 6, 3.0f}, {"text", 4, 0.5f}},
                     11,
                     130,
                     Activation::kScaledTanh,
                     output});
    specs.push_back({{{"word", 7}}, 0, 15, Activation::kRelu, output});
  }
  specs.push_back({{{"attribute", 5}}, 8, 9, Activation::kIdentity, Activation::kScaledTanh});
  specs.push_back({{{"word", 20}}, 0, 15, Activation::kRelu});
  specs.push_back({{{"word", 2}}, 0, 200, Activation::kRelu});
  return specs;
}

// Rows of a batch, some of them twice.
std::vector<Index> draw_batch(const TrainingCase& problem, Index size, Rng& rng) {
  std::vector<Index> batch;
  for (Index i = 0; i < size; ++i) {
    batch.push_back(static_cast<Index>(rng.below(problem.rows.size())));
  }
  return batch;
}

// How far two Adam runs may drift apart in single precision: a gradient g has an error of some
// epsilon * |its terms|, which moves the update rate * m / sqrt(v), of the order of the rate, by
// the same fraction. An element whose terms nearly cancel loses up to all of its digits, so a
// twentieth of the rate a step is allowed; a wrong sign or a lost term moves many elements by the
// whole rate.
double drift(const Recipe& recipe, int steps, double weight) {
  return 0.05 * recipe.network->learning_rate * steps + 4 * kEpsilon * std::abs(weight);
}

void expect_same_training(TrainingCase& problem, int steps, Rng& rng) {
  TrainStep step(problem.network, problem.data, *problem.recipe.network);
  NaiveStep naive(problem.network, problem.data, *problem.recipe.network);
  for (int t = 1; t <= steps; ++t) {
    const std::vector<Index> batch = draw_batch(problem, problem.recipe.network->batch_size, rng);
    const double expected = naive.run(batch);
    ASSERT_NEAR(step.run(batch), expected, 1e-5 * (expected + 1e-3))
        << problem.spec.to_string() << ", step " << t;
    const std::vector<double> w = naive.network().parameters();
    for (std::size_t i = 0; i < w.size(); ++i) {
      ASSERT_NEAR(problem.network.parameters()[i], w[i], drift(problem.recipe, t, w[i]))
          << problem.spec.to_string() << ", step " << t << ", parameter " << i;
    }
  }
  EXPECT_EQ(step.steps(), steps);
}

TEST(TrainStep, TrainsAsTheNaiveStepDoes) {
  Rng rng(5, Purpose::kSynthetic);
  for (const NetworkSpec& spec : shapes()) {
    TrainingCase problem(spec, 40, 7, rng);
    expect_same_training(problem, 20, rng);
  }
}

TEST(TrainStep, TrainsRandomSmallNetworksAsTheNaiveStepDoes) {
  Rng rng(6, Purpose::kSynthetic);
  const auto below = [&](Index n) {
    return static_cast<Index>(rng.below(static_cast<std::uint64_t>(n)));
  };
  for (int trial = 0; trial < 60; ++trial) {
    NetworkSpec spec;
    const Index num_inputs = 1 + below(3);
    for (Index i = 0; i < num_inputs; ++i) {
      spec.inputs.push_back({"space", 1 + below(9), static_cast<float>(rng.normal())});
    }
    spec.hidden_dim = num_inputs > 1 ? 1 + below(12) : below(12);
    spec.feature_dim = 1 + below(20);
    spec.hidden_activation = static_cast<Activation>(below(4));
    spec.output_activation = static_cast<Activation>(below(4));
    TrainingCase problem(spec, 1 + below(30), 1 + below(9), rng);
    problem.recipe.network->batch_size = 1 + below(static_cast<Index>(problem.rows.size()));
    problem.recipe.network->beta1 = trial % 2 == 0 ? 0.9 : 0.01;
    problem.recipe.network->clip_norm = trial % 3 == 0 ? 0.05 : 0.0;
    problem.recipe.network->loss_includes_l2 = trial % 4 < 2;
    for (double& penalty : problem.recipe.network->l2_penalty) penalty = trial % 5 == 0 ? 0.1 : 0.0;
    expect_same_training(problem, 5, rng);
  }
}

TEST(TrainStep, GradientIsThatOfTheLoss) {
  Rng rng(7, Purpose::kSynthetic);
  for (const NetworkSpec& spec : shapes()) {
    TrainingCase problem(spec, 30, 6, rng);
    const std::vector<Index> batch = draw_batch(problem, 16, rng);
    NaiveStep naive(problem.network, problem.data, *problem.recipe.network);
    const std::vector<double> w = naive.network().parameters();
    const auto loss = [&](std::span<const double> x) {
      naive.network().set_parameters(x);
      return naive.mean_squared_error(batch);
    };
    naive.network().set_parameters(w);
    const std::vector<double> naive_gradient = naive.gradient(batch);
    EXPECT_LT(test::gradient_error(loss, w, naive_gradient), 1e-6) << spec.to_string();

    TrainStep step(problem.network, problem.data, *problem.recipe.network);
    step.run(batch);
    const std::vector<float> single = step.gradient();
    const std::vector<double> gradient(single.begin(), single.end());
    // Single precision: sums of at most 16 * 200 terms that may cancel.
    EXPECT_LT(test::gradient_error(loss, w, gradient), 1e-5) << spec.to_string();
  }
}

// The scale that clipping must have multiplied the gradient with: Adam's first moment is what it
// saw where beta1 is 0. Without exchange the norm comes from Gram matrices where `classes` are few.
void expect_clipping(const NetworkSpec& spec, Index classes, Precision precision, Rng& rng) {
  TrainingCase problem(spec, 8 * classes, classes, rng);
  problem.recipe.network->precision = precision;
  problem.recipe.network->batch_size = 6 * classes;
  problem.recipe.network->beta1 = 0.0;
  std::fill(
      problem.recipe.network->l2_penalty.begin(), problem.recipe.network->l2_penalty.end(), 0.3);
  const std::vector<Index> batch = draw_batch(problem, 6 * classes, rng);
  const std::vector<float> before(problem.network.parameters().begin(),
                                  problem.network.parameters().end());
  const auto step_with = [&](double clip_norm) {
    std::copy(before.begin(), before.end(), problem.network.parameters().begin());
    problem.recipe.network->clip_norm = clip_norm;
    auto step = std::make_unique<TrainStep>(problem.network, problem.data, *problem.recipe.network);
    step->run(batch);
    return step;
  };
  const std::vector<float> gradient = step_with(0.0)->gradient();
  double squared = 0.0;
  for (const double g : gradient) squared += g * g;
  const double norm = std::sqrt(squared);
  ASSERT_GT(norm, 0.0);
  // In bfloat16 the norm is that of errors before they are rounded.
  const double tolerance = precision == Precision::kFloat32 ? 1e-5 : 1e-2;
  for (const double factor : {0.1, 0.9, 1.1, 10.0}) {
    const std::unique_ptr<TrainStep> step = step_with(factor * norm);
    const double scale = std::min(1.0, factor);
    double distance = 0.0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const double expected = scale * double{gradient[i]} + 0.3 * double{before[i]};
      distance += std::pow(double{step->moment1()[i]} - expected, 2);
    }
    // Moments have the rounding of penalty and gradient.
    EXPECT_LT(std::sqrt(distance), tolerance * scale * norm + 1e-6)
        << spec.to_string() << ", " << classes << " classes, " << to_string(precision) << ", "
        << factor;
  }
}

TEST(TrainStep, ClipsTheDataGradientAndAddsThePenaltyAfterwards) {
  Rng rng(8, Purpose::kSynthetic);
  const NetworkSpec one{{{"attribute", 40}}, 100, 130, Activation::kRelu};
  const NetworkSpec two{{{"word", 40}, {"attribute", 50, 3.0f}}, 100, 130, Activation::kTanh};
  const NetworkSpec none{{{"word", 90}}, 0, 130, Activation::kRelu};
  for (const Precision precision : kPrecisions) {
    for (const NetworkSpec& spec : {one, two, none}) {
      // Gram matrices, one and several pieces of them; the gradient formed twice.
      for (const Index classes : {5, 36, 130}) expect_clipping(spec, classes, precision, rng);
    }
  }
}

TEST(TrainStep, LossCountsThePenaltyOnlyWhereTheRecipeSaysSo) {
  Rng rng(9, Purpose::kSynthetic);
  const NetworkSpec spec{{{"attribute", 5}}, 6, 7, Activation::kRelu};
  TrainingCase problem(spec, 20, 5, rng);
  problem.recipe.network->l2_penalty = {0.3, 0.2};
  const std::vector<Index> batch = draw_batch(problem, 16, rng);
  const NaiveStep naive(problem.network, problem.data, *problem.recipe.network);
  const double plain = naive.mean_squared_error(batch);
  problem.recipe.network->loss_includes_l2 = true;
  const double with_penalty =
      NaiveStep(problem.network, problem.data, *problem.recipe.network).loss(batch);
  ASSERT_GT(with_penalty, plain + 0.1);
  Network other = problem.network.clone();
  EXPECT_NEAR(TrainStep(problem.network, problem.data, *problem.recipe.network).run(batch),
              with_penalty,
              1e-6 * with_penalty);
  problem.recipe.network->loss_includes_l2 = false;
  EXPECT_NEAR(
      TrainStep(other, problem.data, *problem.recipe.network).run(batch), plain, 1e-6 * plain);
}

TEST(TrainStep, TakesShortBatchesAndSingleImages) {
  Rng rng(10, Purpose::kSynthetic);
  TrainingCase problem({{{"attribute", 5}}, 6, 7, Activation::kTanh}, 20, 5, rng);
  TrainStep step(problem.network, problem.data, *problem.recipe.network);
  NaiveStep naive(problem.network, problem.data, *problem.recipe.network);
  for (const Index size : {16, 1, 3, 16, 2}) {
    const std::vector<Index> batch = draw_batch(problem, size, rng);
    const double expected = naive.run(batch);
    EXPECT_NEAR(step.run(batch), expected, 1e-5 * expected) << size;
  }
}

// Runs steps on a problem that has several pieces of work in every phase.
std::vector<float> parameters_after(int threads,
                                    double clip_norm,
                                    Precision precision,
                                    std::vector<double>& losses) {
  Rng rng(11, Purpose::kSynthetic);
  TrainingCase problem(
      {{{"word", 33}, {"attribute", 17, 3.0f}}, 300, 520, Activation::kScaledTanh}, 64, 40, rng);
  problem.recipe.network->clip_norm = clip_norm;
  problem.recipe.network->precision = precision;
  problem.recipe.network->loss_includes_l2 = true;
  problem.recipe.network->l2_penalty = {1e-3, 1e-2, 1e-2};
  set_num_threads(threads);
  TrainStep step(problem.network, problem.data, *problem.recipe.network);
  losses.clear();
  for (int t = 0; t < 10; ++t) losses.push_back(step.run(draw_batch(problem, 16, rng)));
  set_num_threads(0);
  return {problem.network.parameters().begin(), problem.network.parameters().end()};
}

TEST(TrainStep, BitsDoNotDependOnTheNumberOfThreads) {
  for (const Precision precision : kPrecisions) {
    for (const double clip_norm : {0.0, 0.01}) {
      std::vector<double> losses;
      const std::vector<float> alone = parameters_after(1, clip_norm, precision, losses);
      for (const int threads : {2, 3, 8}) {
        std::vector<double> others;
        EXPECT_EQ(parameters_after(threads, clip_norm, precision, others), alone) << threads;
        EXPECT_EQ(others, losses) << threads << " threads";
      }
    }
  }
}

// Also in bfloat16, whose rounded weights are no part of what is handed over.
TEST(TrainStep, GoesOnBitForBitFromParametersAndMoments) {
  for (const Precision precision : kPrecisions) {
    Rng rng(15, Purpose::kSynthetic);
    TrainingCase problem(
        {{{"word", 9}, {"attribute", 6, 3.0f}}, 70, 130, Activation::kTanh}, 40, 7, rng);
    problem.recipe.network->precision = precision;
    problem.recipe.network->clip_norm = 0.5;
    TrainStep whole(problem.network, problem.data, *problem.recipe.network);
    for (int t = 0; t < 5; ++t) whole.run(draw_batch(problem, 16, rng));
    Network copy = problem.network.clone();
    TrainStep second(copy, problem.data, *problem.recipe.network);
    second.restore(whole.steps(), whole.moment1(), whole.moment2());
    for (int t = 0; t < 5; ++t) {
      const std::vector<Index> batch = draw_batch(problem, 16, rng);
      EXPECT_EQ(second.run(batch), whole.run(batch)) << to_string(precision) << ", step " << t;
      EXPECT_TRUE(std::ranges::equal(std::as_const(copy).parameters(),
                                     std::as_const(problem.network).parameters()))
          << to_string(precision) << ", step " << t;
    }
  }
}

double relative_distance(std::span<const float> a, std::span<const double> b) {
  double squared = 0.0;
  double norm = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    squared += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    norm += b[i] * b[i];
  }
  return std::sqrt(squared / norm);
}

// Biases so large that no rounding closes a ReLU or opens it, which would move the gradient far;
// and features as much larger, so that the errors are what they were.
void open_all_units(TrainingCase& problem) {
  constexpr float kAbove = 200.0f;
  const Index last = problem.network.num_layers() - 1;
  if (problem.spec.output_activation == Activation::kRelu) {
    for (float& bias : problem.network.layer(last).bias) bias += kAbove;
    for (Index i = 0; i < problem.features.size(); ++i) problem.features.data()[i] += kAbove;
  }
  if (problem.spec.hidden_activation != Activation::kRelu) return;
  for (Index l = 0; l < last; ++l) {
    for (float& bias : problem.network.layer(l).bias) bias += 10.0f;
  }
}

// Operands have a relative error of up to 2^-9 each; that the distance is not that of float32 shows
// that they were rounded. After some steps of a large rate the weights are not those of the start.
TEST(TrainStep, InBf16HasTheGradientToItsRounding) {
  Rng rng(14, Purpose::kSynthetic);
  for (const NetworkSpec& spec : shapes()) {
    for (const double clip_norm : {0.0, 0.5}) {
      TrainingCase problem(spec, 40, 7, rng);
      problem.recipe.network->precision = Precision::kBf16;
      problem.recipe.network->learning_rate = 0.05;
      problem.recipe.network->clip_norm = clip_norm;
      open_all_units(problem);
      TrainStep step(problem.network, problem.data, *problem.recipe.network);
      for (const Index size : {16, 3, 16, 1, 13}) {
        const std::vector<Index> batch = draw_batch(problem, size, rng);
        NaiveStep naive(problem.network, problem.data, *problem.recipe.network);
        const std::vector<double> expected = naive.gradient(batch);
        const double loss = naive.mean_squared_error(batch);
        EXPECT_NEAR(step.run(batch), loss, 0.02 * loss) << spec.to_string();
        const double distance = relative_distance(step.gradient(), expected);
        // Where tanh bends, a relative error of z changes its slope by up to 2 |z| times that.
        const double most = spec.output_activation == Activation::kTanh ? 0.1 : 0.03;
        EXPECT_LT(distance, most) << spec.to_string();
        EXPECT_GT(distance, 1e-5) << spec.to_string();
      }
    }
  }
}

std::string failure(TrainingCase& problem, std::span<const Index> batch) {
  TrainStep step(problem.network, problem.data, *problem.recipe.network);
  try {
    step.run(batch);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical);
    return error.what();
  }
  return "";
}

TEST(TrainStep, NamesTheLayerWhereNumbersBreak) {
  Rng rng(12, Purpose::kSynthetic);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Activation activation : {Activation::kRelu, Activation::kTanh}) {
    const NetworkSpec spec{{{"word", 4}, {"attribute", 5}}, 6, 7, activation};
    for (Index layer = 0; layer < 3; ++layer) {
      TrainingCase problem(spec, 20, 5, rng);
      problem.network.layer(layer).weight(1, 2) = nan;
      EXPECT_EQ(failure(problem, draw_batch(problem, 16, rng)),
                "fc" + std::to_string(layer + 1) + ": the loss is not finite");
    }
  }
}

TEST(TrainStep, NamesTheLayerWhoseGradientOverflows) {
  Rng rng(13, Purpose::kSynthetic);
  TrainingCase problem({{{"attribute", 4}}, 3, 2, Activation::kRelu}, 8, 3, rng);
  // Hidden units of about 1e25 and output weights of 1e-25 give a loss of the order of 1; the
  // gradient of the output layer is of the order of 1e25, whose square is beyond single precision.
  for (float& w : problem.network.parameters()) w = std::abs(w);
  for (Matrix<float>& m : problem.embeddings) {
    for (Index i = 0; i < m.size(); ++i) m.data()[i] = std::abs(m.data()[i]);
  }
  const LayerView<float> first = problem.network.layer(0);
  const LayerView<float> last = problem.network.layer(1);
  for (Index i = 0; i < 3; ++i) {
    for (float& w : first.weight.row(i)) w *= 1e25f;
    for (Index j = 0; j < 2; ++j) last.weight(j, i) *= 1e-25f;
  }
  for (const double clip_norm : {0.0, 0.2}) {
    problem.recipe.network->clip_norm = clip_norm;
    EXPECT_EQ(failure(problem, problem.rows), "fc2: the gradient is not finite");
  }
}

}  // namespace
}  // namespace dem
