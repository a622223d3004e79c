// Choosing the settings of kernel prototypes on classes that training has not seen.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "learn/kernel/fold_problem.h"
#include "learn/kernel/kernel_settings.h"

namespace dem {

// What may be chosen; one value each where it was given.
struct KernelGrids {
  std::vector<KernelKind> kernels = {
      KernelKind::kLinear, KernelKind::kCentred, KernelKind::kQuartic, KernelKind::kGaussian};
  std::vector<double> lambdas = {0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0};
  std::vector<double> first_lambdas = {0.01, 0.1, 1.0};  // tried first; then neighbours of the best
  std::vector<double> shrinkages = {0.1, 0.3, 0.6, 0.8, 0.9, 0.95};
  std::vector<double> first_shrinkages = {0.3, 0.9};
  std::vector<double> kappas = {0.0, 0.05, 0.1, 0.2, 0.5, 1.0};
  std::vector<double> hubs = {0.0, 0.1, 0.2, 0.3};
  std::vector<double> hub_fractions = {0.03, 0.1};
  std::vector<double> blends = {0.0, 1.0, 4.0, -1.0};
  std::vector<double> gaussians = {0.0, 0.02, 0.05, 0.1, 0.2};
  struct Spread {
    double strength, exponent;
  };
  std::vector<Spread> spreads = {{0.5, 1.5}, {0.2, 1.5}, {0.5, 1.0}, {0.2, 1.0}};
  std::optional<double> given_gamma = {};  // none: chosen
  // How thorough: pairs of kernel and lambda that go on to the choice of the metric, shrinkages at
  // which all kappas are tried, and whether the first choice is on two folds where classes are
  // many.
  std::size_t kept_pairs = 3;
  std::size_t kept_shrinkages = 2;
  bool spares_folds = true;
  // Standard errors of the mean gain over folds that settings other than the defaults must have;
  // none: 2 below 20 seen classes, 1 below 100, 0 from there on.
  std::optional<double> standard_errors = {};
};

struct KernelChoice {
  KernelSettings settings;
  double t1 = 0.0;  // on held-out classes
  // With gamma, and the area under the curve of seen over unseen; none where there were no images
  // of seen classes.
  std::optional<double> harmonic;
  std::optional<double> area;
  double rank = 0.0;  // mean reciprocal rank, and that of the settings without a choice
  double default_rank = 0.0;
  bool took_default = false;
};

// Goes through the settings in the order of their effect: kernel and lambda; shrinkage and kappa;
// the hub term; then, on images of both kinds, the blend, the Gaussian, kappa once more, and gamma.
// Settings other than the defaults are taken only where the mean gain over the folds is more than
// grids.standard_errors; but for the blend, where the best is taken. `folds` are those of some
// repeats, two at least, each of two classes at least to learn from and two to judge by.
[[nodiscard]] KernelChoice choose_settings(const std::vector<std::unique_ptr<FoldProblem>>& folds,
                                           Index num_seen_classes,
                                           const KernelSettings& defaults,
                                           const KernelGrids& grids);

}  // namespace dem
