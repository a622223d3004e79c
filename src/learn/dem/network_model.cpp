// Bases, centre and radius of descriptions go into the first layer, the basis of the whitened space
// into the last one; the model's prototypes have all d dimensions, since what an image has beside
// the basis counts in its norm.
#include "learn/dem/network_model.h"

#include "base/at.h"
#include "learn/kernel/products.h"
#include "learn/kernel/whitened_features.h"
#include "learn/solutions.h"

namespace dem {
namespace {

Matrix<double> double_copy(MatrixView<const double> matrix) {
  Matrix<double> out = Matrix<double>::uninitialised(matrix.rows(), matrix.cols());
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (Index j = 0; j < matrix.cols(); ++j) out(i, j) = matrix(i, j);
  }
  return out;
}

struct Affine {
  Matrix<double> weight;     // [out, in]
  std::vector<double> bias;  // [out]
};

// W B' (u - centre) / radius + b as a layer on u.
void take_inputs(const NetworkInputs& inputs, Affine& layer) {
  if (inputs.basis) layer.weight = times_transposed<double>(layer.weight, *inputs.basis);
  for (Index i = 0; i < layer.weight.rows(); ++i) {
    for (Index j = 0; j < layer.weight.cols(); ++j) {
      layer.weight(i, j) /= inputs.radius;
      layer.bias[at(i)] -= layer.weight(i, j) * inputs.centre[at(j)];
    }
  }
}

// B (W h + b).
void leave_basis(const Matrix<double>& basis, Affine& layer) {
  layer.weight = times<double>(basis, layer.weight);
  std::vector<double> bias(at(basis.rows()));
  for (Index i = 0; i < basis.rows(); ++i) {
    for (Index j = 0; j < basis.cols(); ++j) bias[at(i)] += basis(i, j) * layer.bias[at(j)];
  }
  layer.bias = std::move(bias);
}

FeatureMap features_of(const ClosedFormProblem& problem, const VisualSpace& space) {
  if (!space.whitening) return problem.feature_map.clone();
  const WhitenedSpace& whitened = *space.whitening;
  return with_affine(problem.feature_map, whitened.scatter.centre, whitening(whitened));
}

}  // namespace

Learned network_model(const ClosedFormProblem& problem,
                      const NetworkFold& all,
                      const VisualSpace& space,
                      const SolvedNetwork& network,
                      Metric comparison) {
  const NetworkSpec& spec = network.shape.spec();
  const Index last = network.shape.num_layers() - 1;
  MlpMap map{problem.input, true, {}};
  for (Index l = 0; l <= last; ++l) {
    const LayerView<const double> from = network.layer(l);
    Affine layer{double_copy(from.weight), {from.bias.begin(), from.bias.end()}};
    if (l == 0) take_inputs(all.inputs(), layer);
    if (l == last && space.whitening && space.whitening->basis) {
      leave_basis(*space.whitening->basis, layer);
    }
    map.layers.push_back({rounded(layer.weight),
                          rounded(layer.bias),
                          l == last ? spec.output_activation : spec.hidden_activation});
  }
  return {.feature_map = features_of(problem, space),
          .class_map = ClassMap(std::move(map)),
          .metric = comparison};
}

}  // namespace dem
