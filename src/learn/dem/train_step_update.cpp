// The second half of a step: the gradient of the weights, clipping, penalty and Adam, tile by tile.
#include <algorithm>
#include <array>
#include <cmath>

#include "dem/base/error.h"
#include "learn/dem/layer_pieces.h"
#include "learn/dem/train_step.h"
#include "linalg/double_sums.h"
#include "linalg/strided_product.h"

namespace dem {
namespace {

// Numbers of the gradient that are formed at a time, 16 KiB: they and what Adam does with them stay
// in the first caches. A block is whole rows of the weights, or parts of long ones.
constexpr Index kBlockNumbers = 4096;
constexpr Index kBlockColumns = 800;
// Units of a block with this many columns. The widest kernel takes five at a time.
Index block_units(Index columns) {
  constexpr Index kAtOnce = 5;
  return std::min(kBlockNumbers / columns / kAtOnce * kAtOnce, kUnitGrain);
}

constexpr Index kMostUnits = kUnitGrain + 16;  // of a tile

}  // namespace

void TrainStep::make_tiles() {
  for (Index l = 0; l < network_.num_layers(); ++l) {
    const Index out = network_.layer(l).weight.rows();
    for (Index p = 0; p < num_pieces(out, kUnitGrain); ++p) {
      run_piece(out, kUnitGrain, p, [&](Index first, Index last) {
        tiles_.push_back({l, first, last - first});
      });
    }
  }
  tile_sums_.resize(tiles_.size());
}

void TrainStep::update() {
  const AdamFactors factors = adam_factors(
      {recipe_.learning_rate, recipe_.beta1, recipe_.beta2, recipe_.epsilon}, steps_ + 1);
  const bool stored = exchange_.of_gradients();
  if (stored) exchange_gradient();
  const float scale = find_scale();
  parallel_tasks(static_cast<Index>(tiles_.size()), [&](Index tile) {
    if (stored) {
      update_stored_tile(at(tile), factors, scale);
    } else {
      update_tile(at(tile), factors, scale);
    }
    note_parameters(at(tile));
  });
  if (recipe_.clip_norm <= 0.0) {
    sum_tile_norms();
    check_gradient();
  }
  ++steps_;
}

// What clipping multiplies the gradient with. Without clipping its norm is known after the update,
// which measures each tile in passing.
float TrainStep::find_scale() {
  if (recipe_.clip_norm <= 0.0) return 1.0f;
  if (exchange_.of_gradients()) {
    sum_tile_norms();
  } else if (!sum_gram_norms()) {
    measure_gradient();
  }
  check_gradient();
  double squared = 0.0;
  for (const double norm : squared_norms_) squared += norm;
  return static_cast<float>(recipe_.clip_norm / std::max(std::sqrt(squared), recipe_.clip_norm));
}

void TrainStep::measure_gradient() {
  parallel_tasks(static_cast<Index>(tiles_.size()), [&](Index t) {
    const Tile& tile = tiles_[at(t)];
    std::array<float, kMostUnits> bias;
    bias_gradient(tile, bias);
    double sum = squared_norm(std::span(bias).first(at(tile.count)));
    for_each_block(tile, [&](Index, Index, MatrixView<const float> block) {
      sum += squared_norm(flat(block));
    });
    tile_sums_[at(t)].gradient = sum;
  });
  sum_tile_norms();
}

void TrainStep::sum_tile_norms() {
  std::fill(squared_norms_.begin(), squared_norms_.end(), 0.0);
  for (std::size_t t = 0; t < tiles_.size(); ++t) {
    squared_norms_[at(tiles_[t].layer)] += tile_sums_[t].gradient;
  }
}

// Calls use(unit, input, block) for blocks of the tile's gradient: block(u, z) is the gradient of
// the weight from input + z to unit + u. Its rows lie one after another.
template <typename Use>
void TrainStep::for_each_block(const Tile& tile, Use&& use) {
  alignas(64) std::array<float, kBlockNumbers> buffer;
  const MatrixView<const float> delta = layer_delta(tile.layer);
  const MatrixView<const float> input = layer_input(tile.layer);
  const Index parts = (input.cols() + kBlockColumns - 1) / kBlockColumns;
  const Index most_units = block_units((input.cols() + parts - 1) / parts);
  for (Index unit = tile.first; unit < tile.first + tile.count;) {
    const Index units = std::min(most_units, tile.first + tile.count - unit);
    for (Index part = 0; part < parts; ++part) {
      const Index first = part * input.cols() / parts;
      const Index count = (part + 1) * input.cols() / parts - first;
      const MatrixView<float> block(buffer.data(), units, count);
      if (pairs_) {
        pairs_->weight_gradient(tile.layer, unit, first, block);
      } else {
        strided_product(
            transposed(columns(delta, unit, units)), columns(input, first, count), block);
      }
      use(unit, first, MatrixView<const float>(block));
    }
    unit += units;
  }
}

void TrainStep::bias_gradient(const Tile& tile, std::span<float> sums) {
  const MatrixView<const float> delta = columns(layer_delta(tile.layer), tile.first, tile.count);
  std::fill(sums.begin(), sums.end(), 0.0f);
  for (Index r = 0; r < delta.rows(); ++r) {
    float* sum = sums.data();
    for (const float d : delta.row(r)) *sum++ += d;
  }
}

AdamWindow TrainStep::window(Index layer, Index unit, Index input, Index count) {
  const auto part = [&](std::span<float> all) {
    const MatrixView<float> weight = network_.layer_of(all, layer).weight;
    return std::span(weight.row(unit).data() + input, at(count));
  };
  const auto moment = [&](Matrix<float>& m) { return part({m.data(), at(m.size())}); };
  return {part(network_.parameters()), moment(moment1_), moment(moment2_)};
}

AdamWindow TrainStep::bias_window(const Tile& tile) {
  const auto part = [&](std::span<float> all) {
    return units(network_.layer_of(all, tile.layer), tile.first, tile.count).bias;
  };
  const auto moment = [&](Matrix<float>& m) { return part({m.data(), at(m.size())}); };
  return {part(network_.parameters()), moment(moment1_), moment(moment2_)};
}

void TrainStep::update_tile(std::size_t tile_number, const AdamFactors& factors, float scale) {
  const Tile& tile = tiles_[tile_number];
  const bool measures = recipe_.clip_norm <= 0.0;
  const auto l2_penalty = static_cast<float>(recipe_.l2_penalty[at(tile.layer)]);
  const Index width = network_.layer(tile.layer).weight.cols();
  std::array<float, kMostUnits> bias;
  const std::span<float> bias_sums = std::span(bias).first(at(tile.count));
  bias_gradient(tile, bias_sums);
  double sum = measures ? squared_norm(bias_sums) : 0.0;
  adam_update(factors, bias_sums, scale, l2_penalty, bias_window(tile));
  for_each_block(tile, [&](Index unit, Index input, MatrixView<const float> block) {
    if (measures) sum += squared_norm(flat(block));
    // Whole rows of the weights lie one after another too.
    const Index runs = block.cols() == width ? 1 : block.rows();
    const Index count = block.rows() * block.cols() / runs;
    for (Index r = 0; r < runs; ++r) {
      adam_update(factors,
                  {block.row(r).data(), at(count)},
                  scale,
                  l2_penalty,
                  window(tile.layer, unit + r, input, count));
    }
  });
  if (measures) tile_sums_[tile_number].gradient = sum;
}

std::vector<float> TrainStep::gradient() {
  std::vector<float> all(network_.parameters().size());
  if (exchange_.of_gradients()) {
    std::copy_n(gradient_.data(), gradient_.size(), all.begin());
  } else {
    form_gradient(all);
  }
  return all;
}

void TrainStep::form_gradient(std::span<float> gradient) {
  parallel_tasks(static_cast<Index>(tiles_.size()), [&](Index t) {
    const Tile& tile = tiles_[at(t)];
    const LayerView<float> layer = network_.layer_of(gradient, tile.layer);
    bias_gradient(tile, units(layer, tile.first, tile.count).bias);
    for_each_block(tile, [&](Index unit, Index input, MatrixView<const float> block) {
      for (Index r = 0; r < block.rows(); ++r) {
        std::copy(
            block.row(r).begin(), block.row(r).end(), layer.weight.row(unit + r).data() + input);
      }
    });
  });
}

void TrainStep::exchange_gradient() {
  const std::span<float> all(gradient_.data(), at(gradient_.size()));
  form_gradient(all);
  exchange_.sum(all);
  parallel_tasks(static_cast<Index>(tiles_.size()), [&](Index t) {
    const Tile& tile = tiles_[at(t)];
    const LayerView<float> part = units(network_.layer_of(all, tile.layer), tile.first, tile.count);
    tile_sums_[at(t)].gradient = squared_norm(flat(part.weight)) + squared_norm(part.bias);
  });
}

void TrainStep::update_stored_tile(std::size_t tile_number,
                                   const AdamFactors& factors,
                                   float scale) {
  const Tile& tile = tiles_[tile_number];
  const std::span<float> all(gradient_.data(), at(gradient_.size()));
  const LayerView<float> gradient =
      units(network_.layer_of(all, tile.layer), tile.first, tile.count);
  const auto l2_penalty = static_cast<float>(recipe_.l2_penalty[at(tile.layer)]);
  const std::span<float> weights = flat(gradient.weight);
  adam_update(factors,
              weights,
              scale,
              l2_penalty,
              window(tile.layer, tile.first, 0, static_cast<Index>(weights.size())));
  adam_update(factors, gradient.bias, scale, l2_penalty, bias_window(tile));
}

// After a change of a tile's parameters: what products in bfloat16 and the penalty need of them.
void TrainStep::note_parameters(std::size_t tile) {
  const auto [layer, first, count] = tiles_[tile];
  if (pairs_) pairs_->round_weights(layer, first, count);
  if (!recipe_.loss_includes_l2) return;
  const LayerView<const float> parameters =
      units(std::as_const(network_).layer(layer), first, count);
  tile_sums_[tile].parameters =
      squared_norm(flat(parameters.weight)) + squared_norm(parameters.bias);
}

void TrainStep::note_parameters() {
  for (std::size_t tile = 0; tile < tiles_.size(); ++tile) note_parameters(tile);
}

double TrainStep::penalty() const {
  double total = 0.0;
  for (std::size_t tile = 0; tile < tiles_.size(); ++tile) {
    total += recipe_.l2_penalty[at(tiles_[tile].layer)] / 2.0 * tile_sums_[tile].parameters;
  }
  return total;
}

void TrainStep::check_gradient() const {
  // Adam squares gradients in single precision.
  constexpr double kLargestSquare = 1e38;
  for (Index l = 0; l < network_.num_layers(); ++l) {
    if (squared_norms_[at(l)] < kLargestSquare) continue;
    throw Error(ErrorKind::kNumerical, concat(layer_name(l), ": the gradient is not finite"));
  }
}

}  // namespace dem
