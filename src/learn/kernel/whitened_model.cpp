#include "learn/kernel/whitened_model.h"

#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "learn/kernel/class_process.h"
#include "learn/kernel/products.h"
#include "learn/kernel/signal_space.h"
#include "learn/kernel/whitened_features.h"
#include "learn/kernel/whitened_prototypes.h"
#include "learn/solutions.h"

namespace dem {
namespace {

// The basis as rows [q, d].
Matrix<float> basis_rows(const WhitenedSpace& space) {
  if (space.basis) return rounded_transpose(*space.basis);
  Matrix<float> identity(space.width(), space.width());
  for (Index i = 0; i < identity.rows(); ++i) identity(i, i) = 1.0f;
  return identity;
}

void require_signal(const SignalSpace& space) {
  if (space.width() > 0) return;
  throw Error(
      ErrorKind::kNumerical,
      concat("recipe gp: expected classes whose means differ by more than their noise, got ",
             space.space.scatter.num_classes(),
             " that do not"));
}

// The Gaussian term is the whole score: variance 1 + a l_j (...), as ClassPosterior::share has it.
GaussianTerm gaussian_of(const ClassProcess& process,
                         const ClassPosterior& posterior,
                         const std::vector<double>& signal,
                         bool log_determinant) {
  const Gaussians own = posterior.seen();
  const double a = process.explained();
  return {.weight = 1.0f,
          .ridge = (1.0 - a) / a,
          .unit_variance = 1.0,
          .strength = a,
          .exponent = 1.0,
          .root = rounded(process.root()),
          .residual = rounded(signal),
          .coefficients = rounded(posterior.coefficients()),
          .own_mean = rounded(own.mean),
          .own_variance = rounded(own.variance),
          .share = rounded(posterior.share()),
          .log_determinant = log_determinant ? 1.0 : 0.0};
}

}  // namespace

Learned whitened_model(ModelSource source, const WhitenedSettings& settings) {
  const FoldProblem& all = source.all;
  const KernelRegression& regression = all.regression(settings.kernel);
  const WhitenedSpace space(all.scatter(), settings.shrinkage);
  const Matrix<double> targets = space.project(regression.targets());
  return {.feature_map = with_affine(source.base, all.scatter().centre, whitening(space)),
          .class_map = ClassMap(
              KernelMap{.input = source.input,
                        .kernel = regression.kernel(),
                        .names = std::move(source.names),
                        .support = rounded(all.support()),
                        .coefficients = rounded(regression.coefficients(settings.lambda, targets)),
                        .own = rounded(blended_in(space, all, settings)),
                        .basis = basis_rows(space),
                        .unit_prototypes = settings.comparison == Metric::kCosine}),
          .metric = settings.comparison};
}

Learned gp_model(ModelSource source, const GpSettings& settings) {
  const FoldProblem& all = source.all;
  const WhitenedSpace whitened(all.scatter(), settings.shrinkage);
  const SignalSpace space(whitened);
  require_signal(space);
  const Kernel kernel = fitted_kernel(settings.kernel, all.support());
  const ClassProcess process(
      kernel.between(all.support(), all.support()), settings.explained, all.scatter().counts);
  const Matrix<double> means = space.project(all.scatter().means);
  const ClassPosterior posterior(process, means, space.signal);
  FeatureMap features =
      with_affine(source.base,
                  all.scatter().centre,
                  transposed_times<double>(space.directions(), whitening(whitened)));
  features.add(WithSquares{});
  KernelMap map{.input = source.input,
                .kernel = kernel,
                .names = std::move(source.names),
                .support = rounded(all.support()),
                .coefficients = {},
                .own = {},
                .basis = Matrix<float>(space.width(), 0)};
  map.gaussian = gaussian_of(process, posterior, space.signal, settings.log_determinant);
  return {.feature_map = std::move(features),
          .class_map = ClassMap(std::move(map)),
          .metric = Metric::kDot};
}

}  // namespace dem
