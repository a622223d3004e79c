#include "learn/dem/train_step.h"

#include <algorithm>
#include <cmath>

#include "base/simd.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "learn/dem/layer_pieces.h"
#include "linalg/strided_product.h"
#include "linalg/transposed.h"
#include "model/activation.h"

namespace dem {
namespace {

// sum (+)= gain * term, where `is_first` overwrites.
void add_branch(bool is_first, float gain, MatrixView<const float> term, MatrixView<float> sum) {
  for (Index i = 0; i < sum.rows(); ++i) {
    const float* t = term.row(i).data();
    float* s = sum.row(i).data();
    const Index count = sum.cols();
    if (is_first) std::fill_n(s, count, 0.0f);
    vectorised([=]() DEM_KERNEL {
      for (Index j = 0; j < count; ++j) s[j] += gain * t[j];
    });
  }
}

// to = gain * from; they may be one.
void scale_rows(float gain, MatrixView<const float> from, MatrixView<float> to) {
  for (Index i = 0; i < to.rows(); ++i) {
    const float* f = from.row(i).data();
    float* t = to.row(i).data();
    const Index count = to.cols();
    vectorised([=]() DEM_KERNEL {
      for (Index j = 0; j < count; ++j) t[j] = gain * f[j];
    });
  }
}

// errors = factor * errors, times the slope of the activation that gave the prototypes.
void errors_to_gradient(float factor,
                        Activation activation,
                        MatrixView<const float> prototypes,
                        MatrixView<float> errors) {
  if (activation != Activation::kRelu) {
    scale_rows(factor, errors, errors);
    multiply_by_slope(activation, prototypes, errors);
    return;
  }
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

TrainStep::TrainStep(Network& network, const TrainingSet& data, const NetworkRecipe& recipe)
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
  if (exchange_.of_gradients()) gradient_ = Matrix<float>(1, parameters);
  make_buffers();
  make_tiles();
  if (recipe.precision == Precision::kBf16) pairs_.emplace(network, batch_.max_rows());
  note_parameters();
}

void TrainStep::make_buffers() {
  const NetworkSpec& spec = network_.spec();
  const Index rows = batch_.max_rows();
  if (has_hidden()) {
    for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
      branches_.push_back(make_spaced(rows, spec.hidden_dim));
      deltas_.push_back(make_spaced(rows, spec.hidden_dim));
    }
    hidden_ = make_spaced(rows, spec.hidden_dim);
    transposed_hidden_ = make_transposed(rows, spec.hidden_dim);
  }
  outputs_ = make_spaced(rows, spec.feature_dim);
  // An exchange takes the errors' rows without what lies between them.
  errors_ = exchange_.of_statistics() ? Matrix<float>(rows, spec.feature_dim)
                                      : make_spaced(rows, spec.feature_dim);
  sums_ = make_transposed(rows, std::max(spec.hidden_dim, spec.feature_dim));
  output_sums_.resize(at(num_pieces(spec.feature_dim, kUnitGrain)));
  squared_norms_.resize(at(network_.num_layers()));
  for (Index l = 0; l < network_.num_layers() && takes_norms_from_grams(); ++l) {
    grams_.push_back(make_transposed(rows, rows));
    const Index units = network_.layer(l).weight.rows();
    gram_norms_.emplace_back(
        at(num_pieces(units, l == output_layer() ? kUnitGrain : kBackwardGrain)));
  }
}

void TrainStep::restore(Index steps,
                        std::span<const float> moment1,
                        std::span<const float> moment2) {
  steps_ = steps;
  std::copy(moment1.begin(), moment1.end(), moment1_.data());
  std::copy(moment2.begin(), moment2.end(), moment2_.data());
  note_parameters();
}

void TrainStep::keep_together(Communicator& group) {
  if (group.size() == 1) return;
  const std::span<float> moment1(moment1_.data(), at(moment1_.size()));
  const std::span<float> moment2(moment2_.data(), at(moment2_.size()));
  for (const std::span<float> values : {network_.parameters(), moment1, moment2}) {
    group.broadcast(std::as_writable_bytes(values), 0);
  }
  note_parameters();
}

double TrainStep::run(std::span<const Index> image_rows) {
  batch_.assign(image_rows);
  if (pairs_) round_batch();
  if (has_hidden()) forward_hidden();
  const double loss = forward_output();
  if (!std::isfinite(loss)) {
    throw Error(ErrorKind::kNumerical, concat(broken_layer(), ": the loss is not finite"));
  }
  backward_hidden();
  update();
  return loss;
}

void TrainStep::round_batch() {
  pairs_->begin_batch(batch_.rows());
  for (std::size_t i = 0; i < network_.spec().inputs.size(); ++i) {
    pairs_->round_inputs(static_cast<Index>(i), 0, batch_.input(i), batch_.transposed_input(i));
  }
}

MatrixView<const float> TrainStep::layer_input(Index layer) {
  const bool is_first = !has_hidden() || layer < output_layer();
  return is_first ? batch_.input(at(layer)) : hidden(hidden_);
}

MatrixView<const float> TrainStep::transposed_input(Index layer) {
  const bool is_first = !has_hidden() || layer < output_layer();
  if (is_first) return batch_.transposed_input(at(layer));
  return first_columns(transposed_hidden_, batch_.rows());
}

MatrixView<const float> TrainStep::layer_delta(Index layer) {
  return layer == output_layer() ? output(errors_) : hidden(deltas_[at(layer)]);
}

// sums_(u, r) = activation(W z_r + b) of units u = first .. last - 1
void TrainStep::weighted_sums(Index layer, Index first, Index last, Activation activation) {
  const LayerView<const float> piece =
      units(std::as_const(network_).layer(layer), first, last - first);
  const MatrixView<float> sums = first_columns(sums_, batch_.rows()).row_block(first, last - first);
  if (pairs_) {
    pairs_->weighted_sums(layer, first, sums);
  } else {
    strided_product(as_is(piece.weight), transposed_input(layer), sums);
  }
  for (Index u = 0; u < sums.rows(); ++u) {
    for (float& sum : sums.row(u)) sum += piece.bias[at(u)];
  }
  activate(activation, sums);
}

void TrainStep::forward_hidden() {
  const Index hidden_dim = network_.spec().hidden_dim;
  const Index pieces = num_pieces(hidden_dim, kUnitGrain);
  const Index inputs = static_cast<Index>(branches_.size());
  parallel_tasks(pieces + inputs * gram_tasks(), [&](Index task) {
    if (task >= pieces) {
      form_gram((task - pieces) / gram_tasks(), (task - pieces) % gram_tasks());
      return;
    }
    run_piece(hidden_dim, kUnitGrain, task, [&](Index first, Index last) {
      for (Index i = 0; i < inputs; ++i) forward_branch(i, first, last);
      const MatrixView<float> sums = columns(hidden(hidden_), first, last - first);
      transpose(sums, transposed_hidden_.view().row_block(first, last - first));
      if (!pairs_) return;
      pairs_->round_inputs(output_layer(),
                           first,
                           sums,
                           transposed_input(output_layer()).row_block(first, last - first));
    });
  });
}

void TrainStep::forward_branch(Index layer, Index first, Index last) {
  const Index count = last - first;
  const NetworkSpec& spec = network_.spec();
  weighted_sums(layer, first, last, spec.hidden_activation);
  const MatrixView<float> branch = columns(hidden(branches_[at(layer)]), first, count);
  transpose({sums_.row(first).data(), count, batch_.rows(), sums_.cols()}, branch);
  add_branch(
      layer == 0, spec.inputs[at(layer)].gain, branch, columns(hidden(hidden_), first, count));
}

double TrainStep::forward_output() {
  const Index feature_dim = network_.spec().feature_dim;
  const double elements = static_cast<double>(batch_.size()) * static_cast<double>(feature_dim);
  const auto factor = static_cast<float>(2.0 / elements);
  const Index pieces = num_pieces(feature_dim, kUnitGrain);
  parallel_tasks(pieces + gram_tasks(), [&](Index task) {
    if (task >= pieces) {
      form_gram(output_layer(), task - pieces);
    } else {
      run_piece(feature_dim, kUnitGrain, task, [&](Index first, Index last) {
        weighted_sums(output_layer(), first, last, network_.spec().output_activation);
        compare_outputs(first, last, factor);
      });
    }
  });
  double squared_error = 0.0;
  for (const double sum : output_sums_) squared_error += sum;
  if (exchange_.of_statistics()) exchange_errors(factor);
  squared_error = exchange_.sum(squared_error);
  return squared_error / elements + (recipe_.loss_includes_l2 ? penalty() : 0.0);
}

void TrainStep::compare_outputs(Index first, Index last, float factor) {
  const Index count = last - first;
  const MatrixView<float> outputs = columns(output(outputs_), first, count);
  const MatrixView<float> errors = columns(output(errors_), first, count);
  transpose({sums_.row(first).data(), count, batch_.rows(), sums_.cols()}, outputs);
  output_sums_[at(first / kUnitGrain)] = batch_.compare(first, outputs, errors);
  if (exchange_.of_statistics()) return;
  errors_to_gradient(factor, network_.spec().output_activation, outputs, errors);
  if (pairs_) pairs_->round_deltas(output_layer(), first, errors);
}

void TrainStep::exchange_errors(float factor) {
  const MatrixView<float> errors = output(errors_);
  exchange_.sum(flat(errors));
  parallel_pieces(errors.cols(), kUnitGrain, [&](Index first, Index last) {
    const MatrixView<float> piece = columns(errors, first, last - first);
    errors_to_gradient(factor,
                       network_.spec().output_activation,
                       columns(output(outputs_), first, last - first),
                       piece);
    if (pairs_) pairs_->round_deltas(output_layer(), first, piece);
  });
}

// Beside it the norm of the output layer's gradient, whose errors are known by now.
void TrainStep::backward_hidden() {
  const NetworkSpec& spec = network_.spec();
  const Index pieces = has_hidden() ? num_pieces(spec.hidden_dim, kBackwardGrain) : 0;
  const Index norms = grams_.empty() ? 0 : num_pieces(spec.feature_dim, kUnitGrain);
  parallel_tasks(pieces + norms, [&](Index task) {
    if (task < pieces) {
      run_piece(spec.hidden_dim, kBackwardGrain, task, [&](Index first, Index last) {
        backward_branches(first, last);
      });
    } else {
      run_piece(spec.feature_dim, kUnitGrain, task - pieces, [&](Index first, Index last) {
        norm_from_gram(output_layer(), first, last, columns(output(outputs_), first, last - first));
      });
    }
  });
}

void TrainStep::backward_branches(Index first, Index last) {
  const NetworkSpec& spec = network_.spec();
  const Index count = last - first;
  const LayerView<const float> layer = std::as_const(network_).layer(output_layer());
  const MatrixView<float> delta = columns(hidden(deltas_[0]), first, count);
  // The gradient at h, which is that at each branch but for its gain.
  if (pairs_) {
    pairs_->input_gradient(first, delta);
  } else {
    strided_product(as_is(output(errors_)), columns(layer.weight, first, count), delta);
  }
  for (std::size_t i = branches_.size(); i-- > 0;) {
    const MatrixView<float> branch = columns(hidden(branches_[i]), first, count);
    const MatrixView<float> branch_delta = columns(hidden(deltas_[i]), first, count);
    scale_rows(spec.inputs[i].gain, delta, branch_delta);
    multiply_by_slope(spec.hidden_activation, branch, branch_delta);
    if (pairs_) pairs_->round_deltas(static_cast<Index>(i), first, branch_delta);
    if (!grams_.empty()) norm_from_gram(static_cast<Index>(i), first, last, branch);
  }
}

std::string TrainStep::broken_layer() {
  for (Index l = 0; l < network_.num_layers(); ++l) {
    const LayerView<const float> layer = std::as_const(network_).layer(l);
    const bool is_last = l == output_layer();
    const MatrixView<const float> result = is_last ? output(outputs_) : hidden(branches_[at(l)]);
    if (!is_finite(layer.weight) || !is_finite(result) || is_last) return layer_name(l);
  }
  return "";
}

}  // namespace dem
