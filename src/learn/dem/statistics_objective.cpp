#include "learn/dem/statistics_objective.h"

#include <algorithm>

#include "base/at.h"
#include "base/parallel.h"
#include "learn/dem/solver_start.h"
#include "linalg/blas.h"
#include "model/activation.h"
#include "model/layer.h"

namespace dem {
namespace {

constexpr Index kOutputGrain = 8;

// sums = input weight' + bias
void apply_layer(MatrixView<const double> input,
                 const LayerView<const double>& layer,
                 MatrixView<double> sums) {
  for (Index r = 0; r < sums.rows(); ++r) {
    std::copy(layer.bias.begin(), layer.bias.end(), sums.row(r).begin());
  }
  gemm(Transpose::kNo, Transpose::kYes, 1.0, input, layer.weight, 1.0, sums);
}

// The gradient of a layer from that at its sums.
void layer_gradient(MatrixView<const double> delta,
                    MatrixView<const double> input,
                    const LayerView<double>& gradient) {
  gemm(Transpose::kYes, Transpose::kNo, 1.0, delta, input, 0.0, gradient.weight);
  std::fill(gradient.bias.begin(), gradient.bias.end(), 0.0);
  for (Index r = 0; r < delta.rows(); ++r) {
    const double* row = delta.row(r).data();
    for (double& sum : gradient.bias) sum += *row++;
  }
}

}  // namespace

StatisticsObjective::StatisticsObjective(const Network& network,
                                         std::span<const MatrixView<const float>> class_embeddings,
                                         const ClassStatistics& statistics,
                                         std::span<const double> l2_penalty)
    : network_(network),
      l2_penalty_(l2_penalty.begin(), l2_penalty.end()),
      within_(statistics.within()) {
  const NetworkSpec& spec = network.spec();
  std::vector<Index> classes;
  for (std::size_t c = 0; c < statistics.counts.size(); ++c) {
    if (statistics.counts[c] > 0) classes.push_back(static_cast<Index>(c));
  }
  const auto rows = static_cast<Index>(classes.size());
  elements_ = static_cast<double>(statistics.num_images()) * static_cast<double>(spec.feature_dim);
  means_ = Matrix<double>(rows, spec.feature_dim);
  for (Index r = 0; r < rows; ++r) {
    const auto count = static_cast<double>(statistics.counts[at(classes[at(r)])]);
    counts_.push_back(count);
    for (Index j = 0; j < spec.feature_dim; ++j) {
      means_(r, j) = statistics.means(classes[at(r)], j);
    }
  }
  for (const MatrixView<const float>& embeddings : class_embeddings) {
    Matrix<double> input(rows, embeddings.cols());
    for (Index r = 0; r < rows; ++r) {
      const auto from = embeddings.row(classes[at(r)]);
      std::copy(from.begin(), from.end(), input.row(r).begin());
    }
    inputs_.push_back(std::move(input));
    if (!has_hidden()) continue;
    branches_.emplace_back(rows, spec.hidden_dim);
    deltas_.emplace_back(rows, spec.hidden_dim);
  }
  if (has_hidden()) hidden_ = Matrix<double>(rows, spec.hidden_dim);
  outputs_ = Matrix<double>(rows, spec.feature_dim);
  errors_ = Matrix<double>(rows, spec.feature_dim);
  row_errors_.resize(at(rows));
}

double StatisticsObjective::operator()(std::span<const double> weights,
                                       std::span<double> gradient) {
  forward(weights);
  mean_squared_error_ = compare();
  backward(weights, gradient);
  return mean_squared_error_ + add_penalty(weights, gradient);
}

std::vector<double> StatisticsObjective::better_start(std::span<const double> weights) {
  std::vector<double> given(weights.begin(), weights.end());
  std::vector<double> gradient(weights.size());
  const double value = (*this)(given, gradient);
  std::vector<double> better = given;
  const double ridge = l2_penalty_[at(output_layer())] / 2.0 * elements_;
  const MatrixView<const double> input = has_hidden() ? hidden_.view() : inputs_[0].view();
  const LayerView<double> output = network_.layer_of(std::span<double>(better), output_layer());
  if (!fit_output_layer(input, counts_, means_, ridge, output)) return given;
  balance_hidden_units(network_, l2_penalty_, better);
  return (*this)(better, gradient) < value ? better : given;
}

void StatisticsObjective::forward(std::span<const double> weights) {
  const NetworkSpec& spec = network_.spec();
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    apply_layer(inputs_[i], network_.layer_of(weights, static_cast<Index>(i)), branches_[i]);
    activate(spec.hidden_activation, branches_[i]);
    const double gain = spec.inputs[i].gain;
    for (Index k = 0; k < hidden_.size(); ++k) {
      hidden_.data()[k] = (i == 0 ? 0.0 : hidden_.data()[k]) + gain * branches_[i].data()[k];
    }
  }
  const Matrix<double>& input = has_hidden() ? hidden_ : inputs_[0];
  apply_layer(input, network_.layer_of(weights, output_layer()), outputs_);
  activate(spec.output_activation, outputs_);
}

// Fills errors_; returns the mean squared error.
double StatisticsObjective::compare() {
  parallel_for(outputs_.rows(), kOutputGrain, [&](Index first, Index last) {
    for (Index r = first; r < last; ++r) {
      const double factor = 2.0 * counts_[at(r)] / elements_;
      double sum = 0.0;
      for (Index j = 0; j < outputs_.cols(); ++j) {
        const double f = outputs_(r, j);
        const double difference = f - means_(r, j);
        sum += difference * difference;
        errors_(r, j) = factor * difference;
      }
      row_errors_[at(r)] = counts_[at(r)] * sum;
    }
    multiply_by_slope(network_.spec().output_activation,
                      std::as_const(outputs_).view().row_block(first, last - first),
                      errors_.view().row_block(first, last - first));
  });
  double total = within_;
  for (const double error : row_errors_) total += error;
  return total / elements_;
}

void StatisticsObjective::backward(std::span<const double> weights, std::span<double> gradient) {
  const NetworkSpec& spec = network_.spec();
  const Matrix<double>& input = has_hidden() ? hidden_ : inputs_[0];
  layer_gradient(errors_, input, network_.layer_of(gradient, output_layer()));
  if (!has_hidden()) return;
  const LayerView<const double> output = network_.layer_of(weights, output_layer());
  gemm(Transpose::kNo, Transpose::kNo, 1.0, errors_, output.weight, 0.0, deltas_[0]);
  for (std::size_t i = branches_.size(); i-- > 0;) {  // the first holds the gradient at h till last
    const double gain = spec.inputs[i].gain;
    for (Index k = 0; k < hidden_.size(); ++k) {
      deltas_[i].data()[k] = gain * deltas_[0].data()[k];
    }
    multiply_by_slope(spec.hidden_activation, branches_[i], deltas_[i]);
    layer_gradient(deltas_[i], inputs_[i], network_.layer_of(gradient, static_cast<Index>(i)));
  }
}

double StatisticsObjective::add_penalty(std::span<const double> weights,
                                        std::span<double> gradient) const {
  double total = 0.0;
  for (Index l = 0; l < network_.num_layers(); ++l) {
    const double penalty = l2_penalty_[at(l)];
    if (penalty == 0.0) continue;
    const LayerView<const double> layer = network_.layer_of(weights, l);
    const LayerView<double> slope = network_.layer_of(gradient, l);
    const auto add = [&](const double* w, double* g, Index count) {
      for (Index k = 0; k < count; ++k) {
        total += penalty / 2.0 * w[k] * w[k];
        g[k] += penalty * w[k];
      }
    };
    add(layer.weight.data(), slope.weight.data(), layer.weight.rows() * layer.weight.cols());
    add(layer.bias.data(), slope.bias.data(), static_cast<Index>(layer.bias.size()));
  }
  return total;
}

}  // namespace dem
