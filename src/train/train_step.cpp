#include "train/train_step.h"

#include <algorithm>
#include <cmath>

#include "base/denormals.h"
#include "base/parallel.h"
#include "base/simd.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/blas.h"
#include "linalg/double_sums.h"
#include "model/activation.h"
#include "model/layer.h"

namespace dem {
namespace {

// Units of a layer that make one piece of work.
constexpr Index kGrain = 64;

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

template <typename T>
MatrixView<T> columns(MatrixView<T> matrix, Index first, Index count) {
  return {matrix.data() + first, matrix.rows(), count, matrix.stride()};
}

// Output units first .. first + count - 1 of a layer.
template <typename T>
LayerView<T> units(LayerView<T> layer, Index first, Index count) {
  return {layer.weight.row_block(first, count), layer.bias.subspan(at(first), at(count))};
}

// A layer's weights of some units as one span: they lie one after another.
template <typename T>
std::span<T> flat(MatrixView<T> weight) {
  return {weight.data(), at(weight.rows() * weight.cols())};
}

// parallel_for without denormal numbers.
template <typename Body>
void parallel_pieces(Index n, Index grain, Body&& body) {
  parallel_for(n, grain, [&](Index first, Index last) {
    const FlushDenormals flush;
    body(first, last);
  });
}

// sum (+)= gain * term
void add_branch(bool is_first, float gain, MatrixView<const float> term, MatrixView<float> sum) {
  for (Index i = 0; i < sum.rows(); ++i) {
    const float* t = term.row(i).data();
    float* s = sum.row(i).data();
    const Index count = sum.cols();
    const float keep = is_first ? 0.0f : 1.0f;
    vectorised([=]() DEM_KERNEL {
      for (Index j = 0; j < count; ++j) s[j] = (keep == 0.0f ? 0.0f : s[j]) + gain * t[j];
    });
  }
}

// One row of the output layer. On entry `outputs` holds z = W h + b, on return the gradient
// factor * (n f - s) behind the ReLU f = max(z, 0). Returns the sum of n f^2 - 2 f s.
double output_row(float n, float factor, const float* sums, float* outputs, Index count) {
  constexpr Index kLanes = 16;
  double lane[kLanes] = {};
  double* const lanes = lane;
  vectorised([=]() DEM_KERNEL {
    const auto element = [=](Index j) DEM_KERNEL {
      const float z = outputs[j];
      const float f = z < 0.0f ? 0.0f : z;
      const float s = sums[j];
      outputs[j] = z > 0.0f ? factor * (n * f - s) : 0.0f;
      return double{f} * (double{n} * double{f} - 2.0 * double{s});
    };
    double total[kLanes] = {};
    Index j = 0;
    for (; j + kLanes <= count; j += kLanes) {
      for (Index l = 0; l < kLanes; ++l) total[l] += element(j + l);
    }
    for (Index l = 0; j + l < count; ++l) total[l] += element(j + l);
    for (Index l = 0; l < kLanes; ++l) lanes[l] = total[l];
  });
  double sum = 0.0;
  for (const double l : lane) sum += l;
  return sum;
}

// sums[j] = sum over rows of delta[., j]
void sum_rows(MatrixView<const float> delta, std::span<float> sums) {
  std::fill(sums.begin(), sums.end(), 0.0f);
  for (Index r = 0; r < delta.rows(); ++r) {
    const float* row = delta.row(r).data();
    for (float& sum : sums) sum += *row++;
  }
}

bool is_finite(MatrixView<const float> matrix) {
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (const float value : matrix.row(i)) {
      if (!std::isfinite(value)) return false;
    }
  }
  return true;
}

std::string layer_name(Index layer) {
  return concat("fc", layer + 1);
}

}  // namespace

TrainStep::TrainStep(Network& network, const TrainingSet& data, const Recipe& recipe)
    : network_(network), recipe_(recipe), batch_(data, recipe.batch_size) {
  const auto parameters = static_cast<Index>(network.parameters().size());
  moment1_ = Matrix<float>(1, parameters);
  moment2_ = Matrix<float>(1, parameters);
  gradient_ = Matrix<float>(1, parameters);
  const NetworkSpec& spec = network.spec();
  const Index rows = batch_.max_rows();
  if (has_hidden()) {
    for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
      branches_.emplace_back(rows, spec.hidden_dim);
      deltas_.emplace_back(rows, spec.hidden_dim);
    }
    hidden_ = Matrix<float>(rows, spec.hidden_dim);
  }
  feature_sums_ = Matrix<float>(rows, spec.feature_dim);
  outputs_ = Matrix<float>(rows, spec.feature_dim);
  output_sums_.resize(at((spec.feature_dim + kGrain - 1) / kGrain));
  make_tiles();
  measure_all_parameters();
}

void TrainStep::make_tiles() {
  for (Index l = 0; l < network_.num_layers(); ++l) {
    const Index out = network_.layer(l).weight.rows();
    for (Index first = 0; first < out; first += kGrain) {
      tiles_.push_back({l, first, std::min(kGrain, out - first)});
    }
  }
  tile_sums_.resize(tiles_.size());
}

void TrainStep::restore(Index steps,
                        std::span<const float> moment1,
                        std::span<const float> moment2) {
  steps_ = steps;
  std::copy(moment1.begin(), moment1.end(), moment1_.data());
  std::copy(moment2.begin(), moment2.end(), moment2_.data());
  measure_all_parameters();
}

double TrainStep::run(std::span<const Index> image_rows) {
  batch_.assign(image_rows);
  if (has_hidden()) forward_hidden();
  const double loss = forward_output();
  if (!std::isfinite(loss)) {
    throw Error(ErrorKind::kNumerical, concat(broken_layer(), ": the loss is not finite"));
  }
  if (has_hidden()) backward_hidden();
  update();
  return loss;
}

MatrixView<const float> TrainStep::layer_input(Index layer) {
  const bool is_first = !has_hidden() || layer < output_layer();
  return is_first ? batch_.input(at(layer)) : used(hidden_);
}

MatrixView<const float> TrainStep::layer_delta(Index layer) {
  return layer == output_layer() ? used(outputs_) : used(deltas_[at(layer)]);
}

void TrainStep::forward_hidden() {
  const NetworkSpec& spec = network_.spec();
  parallel_pieces(spec.hidden_dim, kGrain, [&](Index first, Index last) {
    const Index count = last - first;
    for (std::size_t i = 0; i < branches_.size(); ++i) {
      const MatrixView<float> branch = columns(used(branches_[i]), first, count);
      const LayerView<const float> layer = std::as_const(network_).layer(static_cast<Index>(i));
      apply_linear(batch_.input(i), units(layer, first, count), branch);
      activate(spec.hidden_activation, branch);
      add_branch(i == 0, spec.inputs[i].gain, branch, columns(used(hidden_), first, count));
    }
  });
}

double TrainStep::forward_output() {
  const Index feature_dim = network_.spec().feature_dim;
  const double elements = static_cast<double>(batch_.size()) * static_cast<double>(feature_dim);
  const auto factor = static_cast<float>(2.0 / elements);
  const LayerView<const float> layer = std::as_const(network_).layer(output_layer());
  const MatrixView<const float> input = layer_input(output_layer());
  parallel_pieces(feature_dim, kGrain, [&](Index first, Index last) {
    const Index count = last - first;
    const MatrixView<float> sums = columns(used(feature_sums_), first, count);
    const MatrixView<float> outputs = columns(used(outputs_), first, count);
    batch_.sum_features(first, sums);
    apply_linear(input, units(layer, first, count), outputs);
    double total = 0.0;
    for (Index r = 0; r < batch_.rows(); ++r) {
      total += output_row(
          batch_.counts()[at(r)], factor, sums.row(r).data(), outputs.row(r).data(), count);
    }
    output_sums_[at(first / kGrain)] = total;
  });
  double squared_error = batch_.squared_norm();
  for (const double sum : output_sums_) squared_error += sum;
  return squared_error / elements + (recipe_.loss_includes_l2 ? penalty() : 0.0);
}

void TrainStep::backward_hidden() {
  const NetworkSpec& spec = network_.spec();
  const LayerView<const float> layer = std::as_const(network_).layer(output_layer());
  parallel_pieces(spec.hidden_dim, kGrain, [&](Index first, Index last) {
    const Index count = last - first;
    const MatrixView<float> delta = columns(used(deltas_[0]), first, count);
    // The gradient at h, which is that at each branch but for its gain.
    gemm(Transpose::kNo,
         Transpose::kNo,
         1.0f,
         used(outputs_),
         columns(layer.weight, first, count),
         0.0f,
         delta);
    for (std::size_t i = branches_.size(); i-- > 0;) {
      const MatrixView<float> branch_delta = columns(used(deltas_[i]), first, count);
      add_branch(true, spec.inputs[i].gain, delta, branch_delta);
      multiply_by_slope(
          spec.hidden_activation, columns(used(branches_[i]), first, count), branch_delta);
    }
  });
}

void TrainStep::update() {
  const AdamFactors factors = adam_factors(
      {recipe_.learning_rate, recipe_.beta1, recipe_.beta2, recipe_.epsilon}, steps_ + 1);
  const bool clips = recipe_.clip_norm > 0.0;
  const auto tiles = static_cast<Index>(tiles_.size());
  // Without clipping a tile is applied while it is in the cache; with it, the norm comes first.
  parallel_pieces(tiles, 1, [&](Index tile, Index) {
    form_gradient(at(tile));
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
  tile_sums_[tile].gradient = squared_norm(flat(gradient.weight)) + squared_norm(gradient.bias);
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

std::string TrainStep::broken_layer() {
  for (Index l = 0; l < network_.num_layers(); ++l) {
    const LayerView<const float> layer = std::as_const(network_).layer(l);
    const bool is_last = l == output_layer();
    const MatrixView<const float> result = is_last ? used(outputs_) : used(branches_[at(l)]);
    if (!is_finite(layer.weight) || !is_finite(result) || is_last) return layer_name(l);
  }
  return "";
}

}  // namespace dem
