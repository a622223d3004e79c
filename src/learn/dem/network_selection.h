// Recipe `dem` chooses its settings on folds of held-out seen classes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "learn/dem/visual_space.h"

namespace dem {

// What is tried; one value where a setting is given. The first of equals is taken.
struct NetworkGrids {
  std::vector<SpaceKind> spaces;
  std::vector<double> shrinkages;
  std::vector<Metric> comparisons;
  std::vector<Index> hidden_dims;
  std::vector<double> lambdas;    // ascending
  std::vector<Index> iterations;  // ascending
  bool relu_of_plain = false;     // what output_relu is in the plain space
};

struct NetworkChoice {
  NetworkSettings settings;
  double t1 = 0.0;    // of these settings, on held-out classes, mean over the folds
  double rank = 0.0;  // mean reciprocal rank of the best settings, and that of the defaults
  double default_rank = 0.0;
  bool took_default = false;
  // What it was chosen from, by the mean reciprocal rank.
  struct Judged {
    NetworkSettings settings;
    double value;
  };
  std::vector<Judged> points = {};
  std::size_t best_point = 0;
};

// By the mean reciprocal rank over the folds, in rounds: space and lambda at one shrinkage for the
// narrowest network, without descent; its other shrinkages; lambda of the wider networks there,
// without descent; and descents of each width at its lambda and the two larger ones. Metrics cost
// nothing more in each. The defaults, which are a point of the grids, are left for a mean gain of
// more than `standard_errors` of the gains over the folds.
[[nodiscard]] NetworkChoice choose_network(std::span<const std::unique_ptr<NetworkFold>> folds,
                                           const NetworkSettings& defaults,
                                           const NetworkGrids& grids,
                                           double standard_errors,
                                           std::uint64_t seed);

}  // namespace dem
