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
  std::optional<double> given_gamma = {};  // none: the best

  // More than one point.
  [[nodiscard]] bool has_choice() const;
};

struct GpChoice {
  GpSettings settings;
  // What it was chosen from, by T1 + H.
  struct Judged {
    GpSettings settings;
    double value;
  };
  std::vector<Judged> points = {};
  std::size_t best_point = 0;
  bool took_default = false;
  double t1 = 0.0;                      // on held-out classes
  std::optional<double> harmonic = {};  // at the gamma; none without images of seen classes
  std::optional<double> default_sum = {};
  Index num_failed = 0;  // folds without a direction in which their classes differ
};

// The point of the best mean over folds of T1 + H, H at the given gamma or the point's best one,
// the first of equals; the defaults, where they are of the grids, are left for a clear gain only
// (clear_gain.h). A fold without images of seen classes has a part in T1 alone. A fold of whose
// classes a point finds no direction in which they differ counts as 0 for it. Above 300 seen
// classes in a fold pairs of kernel and `explained` are first tried on two folds, and the best four
// on all. `folds` are not empty. Nothing where no point finds a direction in any fold.
[[nodiscard]] std::optional<GpChoice> choose_gp(const FoldProblems& folds,
                                                Index num_seen_classes,
                                                const GpSettings& defaults,
                                                const GpGrids& grids);

}  // namespace dem
