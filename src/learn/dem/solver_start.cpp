#include "learn/dem/solver_start.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/at.h"
#include "linalg/blas.h"
#include "linalg/cholesky.h"

namespace dem {
namespace {

// [rows, cols + 1]: a constant 1 behind each row, which the bias multiplies.
Matrix<double> with_ones(MatrixView<const double> input) {
  Matrix<double> result(input.rows(), input.cols() + 1);
  for (Index r = 0; r < input.rows(); ++r) {
    std::copy(input.row(r).begin(), input.row(r).end(), result.row(r).begin());
    result(r, input.cols()) = 1.0;
  }
  return result;
}

Matrix<double> copy_of(MatrixView<const double> matrix) {
  Matrix<double> result(matrix.rows(), matrix.cols());
  for (Index r = 0; r < matrix.rows(); ++r) {
    std::copy(matrix.row(r).begin(), matrix.row(r).end(), result.row(r).begin());
  }
  return result;
}

// Row r times factors[r].
void scale_rows(std::span<const double> factors, MatrixView<double> matrix) {
  for (Index r = 0; r < matrix.rows(); ++r) {
    for (double& value : matrix.row(r)) value *= factors[at(r)];
  }
}

// solution = (K + ridge / n)^-1 M, transposed, times Z, with K = Z Z'. [out, in + 1]
bool solve_by_classes(const Matrix<double>& input,
                      std::span<const double> counts,
                      MatrixView<const double> means,
                      double ridge,
                      Matrix<double>& solution) {
  Matrix<double> gram(input.rows(), input.rows());
  gemm(Transpose::kNo, Transpose::kYes, 1.0, input, input, 0.0, gram);
  for (Index r = 0; r < gram.rows(); ++r) gram(r, r) += ridge / counts[at(r)];
  Matrix<double> factors = copy_of(means);
  if (!solve_positive_definite(gram, factors)) return false;
  gemm(Transpose::kYes, Transpose::kNo, 1.0, factors, input, 0.0, solution);
  return true;
}

// solution = (Z' n Z + ridge)^-1 Z' n M, transposed. [out, in + 1]
bool solve_by_inputs(const Matrix<double>& input,
                     std::span<const double> counts,
                     MatrixView<const double> means,
                     double ridge,
                     Matrix<double>& solution) {
  Matrix<double> weighted = copy_of(input);
  scale_rows(counts, weighted.view());
  Matrix<double> moments(input.cols(), input.cols());
  gemm(Transpose::kYes, Transpose::kNo, 1.0, weighted, input, 0.0, moments);
  for (Index k = 0; k < moments.rows(); ++k) moments(k, k) += ridge;
  Matrix<double> columns(input.cols(), means.cols());
  gemm(Transpose::kYes, Transpose::kNo, 1.0, weighted, means, 0.0, columns);
  if (!solve_positive_definite(moments, columns)) return false;
  for (Index u = 0; u < solution.rows(); ++u) {
    for (Index k = 0; k < solution.cols(); ++k) solution(u, k) = columns(k, u);
  }
  return true;
}

// Twice the penalty of what leads into each hidden unit.
std::vector<double> penalties_into(const Network& network,
                                   std::span<const double> l2_penalty,
                                   std::span<double> weights) {
  std::vector<double> sums(at(network.spec().hidden_dim));
  for (Index l = 0; l + 1 < network.num_layers(); ++l) {
    const LayerView<double> layer = network.layer_of(weights, l);
    for (Index k = 0; k < layer.weight.rows(); ++k) {
      double sum = layer.bias[at(k)] * layer.bias[at(k)];
      for (const double weight : layer.weight.row(k)) sum += weight * weight;
      sums[at(k)] += l2_penalty[at(l)] * sum;
    }
  }
  return sums;
}

std::vector<double> squared_columns(MatrixView<const double> matrix) {
  std::vector<double> sums(at(matrix.cols()));
  for (Index r = 0; r < matrix.rows(); ++r) {
    for (Index k = 0; k < matrix.cols(); ++k) sums[at(k)] += matrix(r, k) * matrix(r, k);
  }
  return sums;
}

}  // namespace

bool fit_output_layer(MatrixView<const double> input,
                      std::span<const double> counts,
                      MatrixView<const double> means,
                      double ridge,
                      LayerView<double> layer) {
  const Matrix<double> extended = with_ones(input);
  Matrix<double> solution(means.cols(), extended.cols());
  const bool solved = extended.rows() <= extended.cols()
                          ? solve_by_classes(extended, counts, means, ridge, solution)
                          : solve_by_inputs(extended, counts, means, ridge, solution);
  if (!solved) return false;
  for (Index u = 0; u < solution.rows(); ++u) {
    const auto row = solution.row(u);
    std::copy(row.begin(), row.end() - 1, layer.weight.row(u).begin());
    layer.bias[at(u)] = row.back();
  }
  return true;
}

void balance_hidden_units(const Network& network,
                          std::span<const double> l2_penalty,
                          std::span<double> weights) {
  const NetworkSpec& spec = network.spec();
  if (spec.hidden_dim == 0 || spec.hidden_activation != Activation::kRelu) return;
  const Index output_layer = network.num_layers() - 1;
  const MatrixView<double> output = network.layer_of(weights, output_layer).weight;
  const std::vector<double> into = penalties_into(network, l2_penalty, weights);
  const std::vector<double> out_of = squared_columns(output);
  std::vector<double> scales(into.size(), 1.0);
  for (std::size_t k = 0; k < scales.size(); ++k) {
    const double ratio = l2_penalty[at(output_layer)] * out_of[k] / into[k];
    if (ratio > 0.0 && std::isfinite(ratio)) scales[k] = std::sqrt(std::sqrt(ratio));
  }
  for (Index l = 0; l < output_layer; ++l) {
    const LayerView<double> layer = network.layer_of(weights, l);
    scale_rows(scales, layer.weight);
    for (std::size_t k = 0; k < scales.size(); ++k) layer.bias[k] *= scales[k];
  }
  for (Index u = 0; u < output.rows(); ++u) {
    for (Index k = 0; k < output.cols(); ++k) output(u, k) /= scales[at(k)];
  }
}

}  // namespace dem
