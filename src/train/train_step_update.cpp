// The second half of a step: the gradient of the weights, clipping, penalty and Adam, tile by tile.
#include <algorithm>
#include <cmath>

#include "dem/base/error.h"
#include "linalg/blas.h"
#include "linalg/double_sums.h"
#include "train/layer_pieces.h"
#include "train/train_step.h"

namespace dem {
namespace {

// sums[j] = sum over rows of delta[., j]
void sum_rows(MatrixView<const float> delta, std::span<float> sums) {
  std::fill(sums.begin(), sums.end(), 0.0f);
  for (Index r = 0; r < delta.rows(); ++r) {
    const float* row = delta.row(r).data();
    for (float& sum : sums) sum += *row++;
  }
}

}  // namespace

void TrainStep::make_tiles() {
  for (Index l = 0; l < network_.num_layers(); ++l) {
    const Index out = network_.layer(l).weight.rows();
    for (Index first = 0; first < out; first += kUnitGrain) {
      tiles_.push_back({l, first, std::min(kUnitGrain, out - first)});
    }
  }
  tile_sums_.resize(tiles_.size());
}

void TrainStep::update() {
  const AdamFactors factors = adam_factors(
      {recipe_.learning_rate, recipe_.beta1, recipe_.beta2, recipe_.epsilon}, steps_ + 1);
  const bool clips = recipe_.clip_norm > 0.0;
  const auto tiles = static_cast<Index>(tiles_.size());
  if (exchange_.of_gradients()) exchange_gradient();
  // Without clipping a tile is applied while it is in the cache; with it, the norm comes first.
  parallel_pieces(tiles, 1, [&](Index tile, Index) {
    if (!exchange_.of_gradients()) form_gradient(at(tile));
    measure_gradient(at(tile));
    if (!clips) apply_gradient(at(tile), factors, 1.0f);
  });
  check_gradient();
  if (clips) {
    const float scale = clip_scale();
    parallel_pieces(tiles, 1, [&](Index tile, Index) { apply_gradient(at(tile), factors, scale); });
  }
  ++steps_;
}

void TrainStep::form_gradient(std::size_t tile) {
  const auto [layer, first, count] = tiles_[tile];
  const std::span<float> buffer(gradient_.data(), at(gradient_.size()));
  const LayerView<float> gradient = units(network_.layer_of(buffer, layer), first, count);
  const MatrixView<const float> delta = columns(layer_delta(layer), first, count);
  gemm(Transpose::kYes, Transpose::kNo, 1.0f, delta, layer_input(layer), 0.0f, gradient.weight);
  sum_rows(delta, gradient.bias);
}

void TrainStep::measure_gradient(std::size_t tile) {
  const auto [layer, first, count] = tiles_[tile];
  const std::span<float> buffer(gradient_.data(), at(gradient_.size()));
  const LayerView<float> gradient = units(network_.layer_of(buffer, layer), first, count);
  tile_sums_[tile].gradient = squared_norm(flat(gradient.weight)) + squared_norm(gradient.bias);
}

void TrainStep::exchange_gradient() {
  const auto tiles = static_cast<Index>(tiles_.size());
  parallel_pieces(tiles, 1, [&](Index tile, Index) { form_gradient(at(tile)); });
  exchange_.sum(std::span(gradient_.data(), at(gradient_.size())));
}

void TrainStep::apply_gradient(std::size_t tile, const AdamFactors& factors, float scale) {
  const auto [layer, first, count] = tiles_[tile];
  const auto window = [&, layer = layer, first = first, count = count](Matrix<float>& buffer) {
    const std::span<float> whole(buffer.data(), at(buffer.size()));
    return units(network_.layer_of(whole, layer), first, count);
  };
  const LayerView<float> parameters = units(network_.layer(layer), first, count);
  const LayerView<float> gradient = window(gradient_);
  const LayerView<float> moment1 = window(moment1_);
  const LayerView<float> moment2 = window(moment2_);
  const auto l2_penalty = static_cast<float>(recipe_.l2_penalty[at(layer)]);
  adam_update(factors,
              flat(gradient.weight),
              scale,
              l2_penalty,
              {flat(parameters.weight), flat(moment1.weight), flat(moment2.weight)});
  adam_update(
      factors, gradient.bias, scale, l2_penalty, {parameters.bias, moment1.bias, moment2.bias});
  if (recipe_.loss_includes_l2) measure_parameters(tile);
}

void TrainStep::measure_parameters(std::size_t tile) {
  const auto [layer, first, count] = tiles_[tile];
  const LayerView<const float> parameters =
      units(std::as_const(network_).layer(layer), first, count);
  tile_sums_[tile].parameters =
      squared_norm(flat(parameters.weight)) + squared_norm(parameters.bias);
}

void TrainStep::measure_all_parameters() {
  if (!recipe_.loss_includes_l2) return;
  for (std::size_t tile = 0; tile < tiles_.size(); ++tile) measure_parameters(tile);
}

double TrainStep::penalty() const {
  double total = 0.0;
  for (std::size_t tile = 0; tile < tiles_.size(); ++tile) {
    total += recipe_.l2_penalty[at(tiles_[tile].layer)] / 2.0 * tile_sums_[tile].parameters;
  }
  return total;
}

float TrainStep::clip_scale() const {
  double squared = 0.0;
  for (const TileSums& sums : tile_sums_) squared += sums.gradient;
  return static_cast<float>(recipe_.clip_norm / std::max(std::sqrt(squared), recipe_.clip_norm));
}

void TrainStep::check_gradient() const {
  // Adam squares gradients in single precision.
  constexpr double kLargestSquare = 1e38;
  for (std::size_t tile = 0; tile < tiles_.size(); ++tile) {
    if (tile_sums_[tile].gradient < kLargestSquare) continue;
    throw Error(ErrorKind::kNumerical,
                concat(layer_name(tiles_[tile].layer), ": the gradient is not finite"));
  }
}

}  // namespace dem
