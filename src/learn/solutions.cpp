#include "learn/solutions.h"

#include <utility>

#include "base/at.h"
#include "learn/kernel/whitened_features.h"

namespace dem {
namespace {

std::vector<float> or_zeros(std::vector<float> bias, const Matrix<float>& weight) {
  if (bias.empty()) bias.resize(at(weight.rows()));
  return bias;
}

}  // namespace

Matrix<float> rounded(MatrixView<const double> matrix) {
  Matrix<float> out = Matrix<float>::uninitialised(matrix.rows(), matrix.cols());
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (Index j = 0; j < matrix.cols(); ++j) out(i, j) = static_cast<float>(matrix(i, j));
  }
  return out;
}

Matrix<float> rounded_transpose(MatrixView<const double> matrix) {
  Matrix<float> out = Matrix<float>::uninitialised(matrix.cols(), matrix.rows());
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (Index j = 0; j < matrix.cols(); ++j) out(j, i) = static_cast<float>(matrix(i, j));
  }
  return out;
}

std::vector<float> rounded(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

Learned to_features(const ClosedFormProblem& problem,
                    Matrix<float> weight,
                    std::vector<float> bias,
                    Metric metric) {
  bias = or_zeros(std::move(bias), weight);
  return {.feature_map = problem.feature_map.clone(),
          .class_map = ClassMap(LinearMap{problem.input, true, std::move(weight), std::move(bias)}),
          .metric = metric};
}

Learned to_semantics(const ClosedFormProblem& problem,
                     const Matrix<double>& weight,
                     const std::vector<double>& centre,
                     const std::vector<double>& at_centre) {
  Learned learned{.feature_map = problem.feature_map.clone(),
                  .class_map = ClassMap(IdentityMap{problem.input, true}),
                  .metric = problem.metric};
  AffineMap map = behind_centre(centre, weight);
  for (std::size_t i = 0; i < map.bias.size(); ++i) {
    map.bias[i] = static_cast<float>(double{map.bias[i]} + at_centre[i]);
  }
  learned.feature_map.add(without_centre(centre));
  learned.feature_map.add(std::move(map));
  return learned;
}

Learned to_semantics(const ClosedFormProblem& problem, Matrix<float> weight) {
  std::vector<float> zeros = or_zeros({}, weight);
  Learned learned{.feature_map = problem.feature_map.clone(),
                  .class_map = ClassMap(IdentityMap{problem.input, true}),
                  .metric = problem.metric};
  learned.feature_map.add(AffineMap{std::move(weight), std::move(zeros)});
  return learned;
}

}  // namespace dem
