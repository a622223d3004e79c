#include "learn/dem/network_descent.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "learn/dem/statistics_objective.h"
#include "optim/lbfgs.h"

namespace dem {
namespace {

constexpr double kTolerance = 1e-5;

Network shape_of(const NetworkSettings& settings, Index input_dim, Index output_dim) {
  NetworkSpec spec;
  spec.inputs = {{"description", input_dim, 1.0f}};
  spec.hidden_dim = settings.hidden_dim;
  spec.feature_dim = output_dim;
  spec.output_activation = settings.output_relu ? Activation::kRelu : Activation::kIdentity;
  return Network(spec);
}

// Inputs have a norm of about 1, and so have hidden units then, all together.
std::vector<double> drawn_weights(const Network& network, std::uint64_t seed) {
  std::vector<double> weights(network.parameters().size());
  if (network.spec().hidden_dim == 0) return weights;
  const double sigma = std::sqrt(2.0 / static_cast<double>(network.spec().hidden_dim));
  Rng rng(seed, Purpose::kInit);
  const LayerView<double> hidden = network.layer_of(std::span<double>(weights), 0);
  for (Index k = 0; k < hidden.weight.rows(); ++k) {
    for (double& weight : hidden.weight.row(k)) weight = sigma * rng.normal();
  }
  return weights;
}

// The solver's objective is the one above over n feature_dim.
std::vector<double> penalties_of(const Network& network,
                                 const ClassStatistics& targets,
                                 double lambda) {
  const auto seen = std::count_if(
      targets.counts.begin(), targets.counts.end(), [](Index count) { return count > 0; });
  const double elements = static_cast<double>(seen) * static_cast<double>(targets.feature_dim());
  return std::vector<double>(static_cast<std::size_t>(network.num_layers()),
                             2.0 * lambda / elements);
}

}  // namespace

Matrix<float> SolvedNetwork::forward(MatrixView<const float> inputs) const {
  Network rounded = shape.clone();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    rounded.parameters()[i] = static_cast<float>(weights[i]);
  }
  return rounded.forward({&inputs, 1});
}

void descend(MatrixView<const float> inputs,
             const ClassStatistics& targets,
             const NetworkSettings& settings,
             std::uint64_t seed,
             std::span<const Index> stops,
             const std::function<void(Index stop, const SolvedNetwork&)>& visit) {
  SolvedNetwork solved{shape_of(settings, inputs.cols(), targets.feature_dim()), {}};
  StatisticsObjective objective(
      solved.shape, {&inputs, 1}, targets, penalties_of(solved.shape, targets, settings.lambda));
  solved.weights = objective.better_start(drawn_weights(solved.shape, seed));
  std::size_t next = 0;
  const auto visit_until = [&](Index iteration) {
    for (; next < stops.size() && stops[next] <= iteration; ++next) visit(stops[next], solved);
  };
  visit_until(0);
  if (next == stops.size()) return;
  const DescentReport end =
      minimise_lbfgs(std::ref(objective),
                     solved.weights,
                     {.tolerance = kTolerance, .max_iterations = stops.back()},
                     [&](const DescentReport& report) {
                       visit_until(report.iterations);
                       return false;
                     });
  if (!std::isfinite(end.value)) {
    throw Error(ErrorKind::kNumerical,
                concat("recipe dem: expected a finite objective at lambda ",
                       settings.lambda,
                       ", got ",
                       end.value));
  }
  visit_until(stops.back());
}

}  // namespace dem
