// The metric of the selection, (x - m0)' V D^-1/2 with weights g on the q turned axes L and 1
// elsewhere, is the one that an affine map of features makes: with S = I - L (I - sqrt(g)) L',
// which is the root of I - L (I - g) L',
//   y = S D^-1/2 V' (x - m0)         |y|^2 = nu - sum_j (1 - g_j) z_j^2
// and a prototype with turned coordinates f is p = L sqrt(g) f: y . p = sum_j z_j g_j f_j. So a
// cosine in y is the score that was chosen by, and no direction outside of the q is lost.
#include "learn/kernel/kernel_model.h"

#include "base/at.h"
#include "learn/kernel/class_prototypes.h"
#include "learn/kernel/products.h"
#include "learn/kernel/whitened_features.h"
#include "learn/solutions.h"

namespace dem {
namespace {

// Features to (y / |y|), with a Gaussian beside (z, z^2).
FeatureMap feature_map(const FoldProblem& all,
                       const TurnedSpace& space,
                       const KernelSettings& settings,
                       const FeatureMap& base) {
  const FeatureScaling unit_length{ScalingKind::kL2, {}, {}};
  const std::vector<double>& centre = all.scatter().centre;
  const Matrix<double> directions = space.directions();
  Matrix<double> stretched = whitening(space.space);
  const Matrix<double> turned = transposed_times<double>(directions, stretched);
  Matrix<double> taken = turned.clone();
  std::vector<double> parts;
  for (const double root : roots(space.weights(settings.kappa))) parts.push_back(1.0 - root);
  scale_rows(taken.view(), parts);
  gemm(
      Transpose::kNo, Transpose::kNo, -1.0, directions.view(), taken.view(), 1.0, stretched.view());
  FeatureMap out = base.clone();
  out.add(without_centre(centre));
  if (settings.gaussian == 0.0) {
    out.add(behind_centre(centre, stretched));
    out.add(unit_length);
    return out;
  }
  FeatureMap cosine;
  cosine.add(behind_centre(centre, stretched));
  cosine.add(unit_length);
  FeatureMap gaussian;
  gaussian.add(behind_centre(centre, turned));
  gaussian.add(WithSquares{});
  SideBySide both;
  both.maps.push_back(std::move(cosine));
  both.maps.push_back(std::move(gaussian));
  out.add(std::move(both));
  return out;
}

GaussianTerm gaussian_term(const FoldProblem& all,
                           const TurnedSpace& space,
                           const KernelSettings& settings,
                           const Matrix<double>& coefficients) {
  const Gaussians own = seen_gaussians(all, space, settings);
  return {.weight = static_cast<float>(settings.gaussian / space.space.root_mean_square()),
          .ridge = settings.lambda,
          .unit_variance = unit_variance(all, settings),
          .strength = settings.strength,
          .exponent = settings.exponent,
          .root = rounded(all.regression(settings.kernel).root(settings.lambda)),
          .residual = rounded(space.residual),
          .coefficients = rounded(coefficients),
          .own_mean = rounded(own.mean),
          .own_variance = rounded(own.variance)};
}

}  // namespace

Learned kernel_model(const FoldProblem& all,
                     const KernelSettings& settings,
                     const ClassInput& input,
                     std::vector<std::string> names,
                     const FeatureMap& base) {
  const KernelRegression& regression = all.regression(settings.kernel);
  const WhitenedSpace whitened(all.scatter(), settings.shrinkage);
  const TurnedSpace space(whitened, all.left_out(settings.kernel, settings.lambda).residuals);
  const std::vector<double> weights = space.weights(settings.kappa);
  const std::vector<double> root_weights = roots(weights);

  const Matrix<double> plain =
      regression.coefficients(settings.lambda, space.project(regression.targets()));
  Matrix<double> coefficients = plain.clone();
  scale_columns(coefficients.view(), root_weights);
  Matrix<double> own = blended_prototypes(all, space, settings);
  scale_columns(own.view(), root_weights);

  KernelMap map{.input = input,
                .kernel = regression.kernel(),
                .names = std::move(names),
                .support = rounded(all.support()),
                .coefficients = rounded(coefficients),
                .own = rounded(own),
                .basis = rounded_transpose(space.directions())};
  if (settings.hub > 0.0) {
    map.hub =
        HubTerm{.weight = static_cast<float>(settings.hub),
                .nearest = hub_count(settings.hub_fraction, all.num_seen()),
                .seen = rounded(weighted_unit_rows(space.project(all.scatter().means), weights))};
  }
  if (settings.gaussian > 0.0) map.gaussian = gaussian_term(all, space, settings, plain);
  Learned learned{.feature_map = feature_map(all, space, settings, base),
                  .class_map = ClassMap(std::move(map)),
                  .metric = Metric::kDot};
  learned.gamma = static_cast<float>(settings.gamma);
  return learned;
}

}  // namespace dem
