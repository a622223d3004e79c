// Choosing the settings of recipe gp on classes that training has not seen.
#pragma once

#include <optional>
#include <vector>

#include "learn/kernel/fold_problems.h"
#include "learn/kernel/gp_settings.h"

namespace dem {

// What may be chosen; one value each where it was given.
struct GpGrids {
  std::vector<KernelSpec> kernels;
  std::vector<double> explained;
  std::vector<double> shrinkages;
  std::vector<bool> log_determinants;

  // More than one point.
  [[nodiscard]] bool has_choice() const;
};

struct GpChoice {
  GpSettings settings;
  double t1 = 0.0;        // on held-out classes
  double harmonic = 0.0;  // at the best gamma; 0 without images of seen classes
  double default_sum = 0.0;
};

// The point of the best mean over folds of T1 + H, H at the point's best gamma, the first of
// equals; the defaults, where they are of the grids, are left for a clear gain only (clear_gain.h).
// Above 300 seen classes in a fold pairs of kernel and `explained` are first tried on two folds,
// and the best four on all. `folds` are not empty. Nothing where no point has a direction in which
// the classes of every fold differ.
[[nodiscard]] std::optional<GpChoice> choose_gp(const FoldProblems& folds,
                                                Index num_seen_classes,
                                                const GpSettings& defaults,
                                                const GpGrids& grids);

}  // namespace dem
