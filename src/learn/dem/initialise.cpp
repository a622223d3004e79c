#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/trainer.h"

namespace dem {
namespace {

double draw(InitKind kind, Rng& rng) {
  double value = rng.normal();
  while (kind == InitKind::kTruncatedNormal && std::abs(value) > 2.0) value = rng.normal();
  return value;
}

void check(const Network& network,
           const NetworkRecipe& recipe,
           std::span<const float> mean_feature) {
  const NetworkSpec& spec = network.spec();
  if (static_cast<Index>(recipe.init_sigma.size()) != network.num_layers()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("initialise: init_sigma: expected one value a layer (",
                       network.num_layers(),
                       "), got ",
                       recipe.init_sigma.size()));
  }
  if (recipe.output_bias == OutputBias::kMean &&
      static_cast<Index>(mean_feature.size()) != spec.feature_dim) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("initialise: mean feature: expected ",
                       spec.feature_dim,
                       " values, got ",
                       mean_feature.size()));
  }
}

}  // namespace

void initialise(Network& network,
                const NetworkRecipe& recipe,
                std::span<const float> mean_feature,
                std::uint64_t seed) {
  check(network, recipe, mean_feature);
  for (Index l = 0; l < network.num_layers(); ++l) {
    const LayerView<float> layer = network.layer(l);
    const double sigma = recipe.init_sigma[static_cast<std::size_t>(l)];
    Rng rng(seed, Purpose::kInit, static_cast<std::uint64_t>(l));
    for (Index i = 0; i < layer.weight.rows(); ++i) {
      for (float& w : layer.weight.row(i)) w = static_cast<float>(sigma * draw(recipe.init, rng));
    }
    std::fill(layer.bias.begin(), layer.bias.end(), static_cast<float>(recipe.initial_bias));
  }
  const std::span<float> output_bias = network.layer(network.num_layers() - 1).bias;
  if (recipe.output_bias == OutputBias::kZero) {
    std::fill(output_bias.begin(), output_bias.end(), 0.0f);
  } else if (recipe.output_bias == OutputBias::kMean) {
    std::copy(mean_feature.begin(), mean_feature.end(), output_bias.begin());
  }
}

std::vector<Index> epoch_order(Index n, std::uint64_t seed, Index epoch) {
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  Rng rng(seed, Purpose::kShuffle, static_cast<std::uint64_t>(epoch));
  shuffle(std::span(order), rng);
  return order;
}

}  // namespace dem
