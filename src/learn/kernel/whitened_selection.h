// Choosing the settings of recipe whitened on classes that training has not seen.
#pragma once

#include <optional>
#include <vector>

#include "learn/kernel/fold_problems.h"
#include "learn/kernel/whitened_settings.h"

namespace dem {

// What may be chosen; one value each where it was given.
struct WhitenedGrids {
  std::vector<double> shrinkages;
  std::vector<KernelSpec> kernels;
  std::vector<double> lambdas;
  std::vector<Metric> comparisons;
  std::vector<double> blends;
  std::optional<double> given_gamma = {};  // none: the best

  // More than one point.
  [[nodiscard]] bool has_choice() const;
};

struct WhitenedChoice {
  WhitenedSettings settings;
  // What it was chosen from: points without the blend by T1, blends by H.
  struct Judged {
    WhitenedSettings settings;
    double value;
  };
  std::vector<Judged> points = {}, blends = {};
  std::size_t best_point = 0, best_blend = 0;
  bool took_default = false;
  double t1 = 0.0;  // on held-out classes, and that of the settings without a choice
  double default_t1 = 0.0;
  std::optional<double> harmonic = {};  // at the gamma; none without images of seen classes
};

// All but the blend by the mean over folds of T1, the first of equals; the defaults, where they are
// of the grids, are left for a clear gain only (clear_gain.h). Then the blend, which T1 does not
// depend on, by the mean H at the given gamma or the best one, over the folds for which images of
// seen classes were spared. `folds` are not empty.
[[nodiscard]] WhitenedChoice choose_whitened(const FoldProblems& folds,
                                             Index num_seen_classes,
                                             const WhitenedSettings& defaults,
                                             const WhitenedGrids& grids);

}  // namespace dem
