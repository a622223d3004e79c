#include "learn/cnzsl/cnzsl_training.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/stopwatch.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/learn/trainer.h"
#include "learn/cnzsl/cosine_loss.h"
#include "optim/adam.h"

namespace dem {
namespace {

constexpr Index kParametersOfAPiece = 1 << 15;
constexpr double kSecondsOfALine = 10.0;  // of the log

void fill_uniform(std::span<float> values, double bound, Rng& rng) {
  for (float& value : values) value = static_cast<float>(bound * (2.0 * rng.uniform() - 1.0));
}

ClassMoments<float> first_moments(Index units) {
  return {std::vector<float>(at(units), 0.0f), std::vector<float>(at(units), 1.0f)};
}

void blend(double share, const ClassMoments<float>& step, ClassMoments<float>& running) {
  const auto blended = [share](float old, float now) {
    return static_cast<float>((1.0 - share) * double{old} + share * double{now});
  };
  const auto all = [&](std::vector<float>& old, const std::vector<float>& now) {
    std::transform(old.begin(), old.end(), now.begin(), old.begin(), blended);
  };
  all(running.mean, step.mean);
  all(running.variance, step.variance);
}

// What the last step left.
void require_finite_parameters(std::span<const float> parameters) {
  const auto bad = std::find_if_not(
      parameters.begin(), parameters.end(), [](float value) { return std::isfinite(value); });
  if (bad == parameters.end()) return;
  throw Error(ErrorKind::kNumerical,
              concat("cnzsl: expected finite parameters, got ", *bad, " after the last step"));
}

}  // namespace

CnzslNetwork initial_cnzsl_network(const CnzslSettings& settings,
                                   Index embedding_dim,
                                   Index feature_dim,
                                   std::uint64_t seed) {
  CnzslNetwork network;
  network.shape = {embedding_dim,
                   settings.hidden_dims,
                   feature_dim,
                   settings.norm_before_relu,
                   settings.norm_after_relu,
                   settings.output_relu,
                   settings.norm_epsilon};
  const ClassNetworkShape& shape = network.shape;
  network.parameters.resize(at(shape.num_parameters()));
  for (Index i = 0; i < ClassNetworkShape::kLayers; ++i) {
    Rng rng(seed, Purpose::kInit, static_cast<std::uint64_t>(i));
    const LayerView<float> layer = shape.layer(std::span(network.parameters), i);
    const auto in = static_cast<double>(shape.in(i));
    const double bound = 1.0 / std::sqrt(in);
    const bool proper = i + 1 == ClassNetworkShape::kLayers && settings.proper_init;
    const double of_weights =
        proper ? std::sqrt(3.0 / (in * static_cast<double>(shape.out(i)))) : bound;
    fill_uniform({layer.weight.data(), at(shape.in(i)*shape.out(i))}, of_weights, rng);
    fill_uniform(layer.bias, bound, rng);
  }
  network.before_relu = first_moments(settings.hidden_dims[1]);
  network.after_relu = first_moments(settings.hidden_dims[1]);
  return network;
}

CnzslTraining::CnzslTraining(const CnzslSettings& settings,
                             const CnzslProblem& problem,
                             CnzslNetwork& network)
    : settings_(settings),
      problem_(problem),
      network_(network),
      forward_(network.shape, problem.descriptions),
      gradient_(network.parameters.size()),
      moment1_(network.parameters.size()),
      moment2_(network.parameters.size()),
      batch_(Matrix<float>::uninitialised(settings.batch_size, network.shape.feature_dim)),
      prototype_gradient_(
          Matrix<float>::uninitialised(problem.descriptions.rows(), network.shape.feature_dim)) {}

MatrixView<const float> CnzslTraining::gather(std::span<const Index> images) {
  labels_.clear();
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto row = problem_.images.row(images[i]);
    std::copy(row.begin(), row.end(), batch_.row(static_cast<Index>(i)).begin());
    labels_.push_back(problem_.labels[at(images[i])]);
  }
  return batch_.view().row_block(0, static_cast<Index>(images.size()));
}

double CnzslTraining::step(std::span<const Index> images, double learning_rate) {
  const MatrixView<const float> batch = gather(images);
  const MatrixView<const float> prototypes = forward_.forward(network_.parameters);
  const double loss = cosine_loss<float>(
      settings_.scale * settings_.scale, batch, labels_, prototypes, prototype_gradient_);
  if (!std::isfinite(loss)) {
    throw Error(ErrorKind::kNumerical,
                concat("cnzsl: step ", steps_ + 1, ": expected a finite loss, got ", loss));
  }
  forward_.backward(network_.parameters, prototype_gradient_, gradient_);
  follow_moments();
  update(learning_rate);
  return loss;
}

void CnzslTraining::follow_moments() {
  if (network_.shape.norm_before_relu) {
    blend(settings_.norm_momentum, forward_.moments_before_relu(), network_.before_relu);
  }
  if (network_.shape.norm_after_relu) {
    blend(settings_.norm_momentum, forward_.moments_after_relu(), network_.after_relu);
  }
}

// Adam as PyTorch has it: epsilon is added to the root of the corrected second moment, and the
// penalty is a part of the gradient.
void CnzslTraining::update(double learning_rate) {
  ++steps_;
  const AdamOptions options{.learning_rate = learning_rate};
  AdamFactors factors = adam_factors(options, steps_);
  factors.epsilon = static_cast<float>(
      options.epsilon * std::sqrt(1.0 - std::pow(options.beta2, static_cast<double>(steps_))));
  const auto penalty = static_cast<float>(settings_.l2_penalty);
  const auto size = static_cast<Index>(gradient_.size());
  parallel_for(size, kParametersOfAPiece, [&](Index first, Index last) {
    const auto window = [&](std::vector<float>& all) {
      return std::span(all).subspan(at(first), at(last - first));
    };
    adam_update(factors,
                window(gradient_),
                1.0f,
                penalty,
                {window(network_.parameters), window(moment1_), window(moment2_)});
  });
}

double CnzslTraining::epoch(Index index, std::uint64_t seed) {
  const auto num_images = static_cast<Index>(problem_.labels.size());
  const std::vector<Index> order = epoch_order(num_images, seed, index);
  const Index decays = index / settings_.decay_epochs;
  const double learning_rate =
      settings_.learning_rate * std::pow(settings_.decay_factor, static_cast<double>(decays));
  double sum = 0.0;
  for (Index first = 0; first < num_images; first += settings_.batch_size) {
    const Index count = std::min(settings_.batch_size, num_images - first);
    const std::span<const Index> images = std::span(order).subspan(at(first), at(count));
    sum += static_cast<double>(count) * step(images, learning_rate);
  }
  return sum / static_cast<double>(num_images);
}

double train_cnzsl(const CnzslSettings& settings,
                   const CnzslProblem& problem,
                   std::uint64_t seed,
                   CnzslNetwork& network) {
  CnzslTraining training(settings, problem, network);
  Stopwatch since_line;
  double loss = 0.0;
  for (Index e = 0; e < settings.num_epochs; ++e) {
    loss = training.epoch(e, seed);
    const bool last = e + 1 == settings.num_epochs;
    if (since_line.seconds() < kSecondsOfALine && !last) continue;
    log(LogLevel::kInfo,
        concat("cnzsl: epoch ", e + 1, " of ", settings.num_epochs, ": loss ", loss));
    since_line = Stopwatch();
  }
  require_finite_parameters(network.parameters);
  return loss;
}

}  // namespace dem
