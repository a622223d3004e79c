#include "train/train_step.h"

#include <algorithm>
#include <cmath>

#include "base/simd.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/blas.h"
#include "model/activation.h"
#include "train/layer_pieces.h"

namespace dem {
namespace {

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

// errors = factor * errors behind the ReLU that gave the prototypes, where its slope is 1; else 0.
void errors_to_gradient(float factor,
                        MatrixView<const float> prototypes,
                        MatrixView<float> errors) {
  for (Index r = 0; r < errors.rows(); ++r) {
    const float* f = prototypes.row(r).data();
    float* e = errors.row(r).data();
    const Index count = errors.cols();
    vectorised([=]() DEM_KERNEL {
      for (Index j = 0; j < count; ++j) e[j] = f[j] > 0.0f ? factor * e[j] : 0.0f;
    });
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

}  // namespace

TrainStep::TrainStep(Network& network, const TrainingSet& data, const Recipe& recipe)
    : network_(network),
      recipe_(recipe),
      exchange_(data, static_cast<Index>(network.parameters().size()), recipe.batch_size),
      batch_(data,
             recipe.batch_size,
             exchange_.of_statistics() ? ClassBatch::Rows::kOfAllImages
                                       : ClassBatch::Rows::kOfHeldImages) {
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
  outputs_ = Matrix<float>(rows, spec.feature_dim);
  errors_ = Matrix<float>(rows, spec.feature_dim);
  output_sums_.resize(at((spec.feature_dim + kUnitGrain - 1) / kUnitGrain));
  make_tiles();
  measure_all_parameters();
}

void TrainStep::restore(Index steps,
                        std::span<const float> moment1,
                        std::span<const float> moment2) {
  steps_ = steps;
  std::copy(moment1.begin(), moment1.end(), moment1_.data());
  std::copy(moment2.begin(), moment2.end(), moment2_.data());
  measure_all_parameters();
}

void TrainStep::keep_together(Communicator& group) {
  if (group.size() == 1) return;
  const std::span<float> moment1(moment1_.data(), at(moment1_.size()));
  const std::span<float> moment2(moment2_.data(), at(moment2_.size()));
  for (const std::span<float> values : {network_.parameters(), moment1, moment2}) {
    group.broadcast(std::as_writable_bytes(values), 0);
  }
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
  return layer == output_layer() ? used(errors_) : used(deltas_[at(layer)]);
}

void TrainStep::forward_hidden() {
  const NetworkSpec& spec = network_.spec();
  parallel_pieces(spec.hidden_dim, kUnitGrain, [&](Index first, Index last) {
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
  parallel_pieces(feature_dim, kUnitGrain, [&](Index first, Index last) {
    const Index count = last - first;
    const MatrixView<float> outputs = columns(used(outputs_), first, count);
    const MatrixView<float> errors = columns(used(errors_), first, count);
    apply_linear(input, units(layer, first, count), outputs);
    activate(Activation::kRelu, outputs);
    output_sums_[at(first / kUnitGrain)] = batch_.compare(first, outputs, errors);
    if (!exchange_.of_statistics()) errors_to_gradient(factor, outputs, errors);
  });
  double squared_error = 0.0;
  for (const double sum : output_sums_) squared_error += sum;
  if (exchange_.of_statistics()) exchange_errors(factor);
  squared_error = exchange_.sum(squared_error);
  return squared_error / elements + (recipe_.loss_includes_l2 ? penalty() : 0.0);
}

void TrainStep::exchange_errors(float factor) {
  const MatrixView<float> errors = used(errors_);
  exchange_.sum(flat(errors));
  parallel_pieces(errors.cols(), kUnitGrain, [&](Index first, Index last) {
    const Index count = last - first;
    errors_to_gradient(
        factor, columns(used(outputs_), first, count), columns(errors, first, count));
  });
}

void TrainStep::backward_hidden() {
  const NetworkSpec& spec = network_.spec();
  const LayerView<const float> layer = std::as_const(network_).layer(output_layer());
  parallel_pieces(spec.hidden_dim, kUnitGrain, [&](Index first, Index last) {
    const Index count = last - first;
    const MatrixView<float> delta = columns(used(deltas_[0]), first, count);
    // The gradient at h, which is that at each branch but for its gain.
    gemm(Transpose::kNo,
         Transpose::kNo,
         1.0f,
         used(errors_),
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
