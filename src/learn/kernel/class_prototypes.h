// Prototypes of a fold's classes in a turned space, and what their scores add up from.
#pragma once

#include <vector>

#include "learn/kernel/fold_problem.h"
#include "learn/kernel/kernel_settings.h"
#include "learn/kernel/turned_space.h"

namespace dem {

// Of the held-out classes [u, q], k(u_c, support) A M, where `targets` [C, q] are those of the
// kernel's regression in the space.
[[nodiscard]] Matrix<double> predicted_in(MatrixView<const double> targets,
                                          const FoldProblem& problem,
                                          const KernelSpec& kernel,
                                          double lambda);
// The same in the turned coordinates of a space.
[[nodiscard]] Matrix<double> predicted_prototypes(const FoldProblem& problem,
                                                  const TurnedSpace& space,
                                                  KernelKind kernel,
                                                  double lambda);

// Seen classes [C, q]: their own means, drawn towards what the other classes predict, the more the
// fewer images they have.
[[nodiscard]] Matrix<double> blended_prototypes(const FoldProblem& problem,
                                                const TurnedSpace& space,
                                                const KernelSettings& settings);

// Mean and diagonal variance of the predictive Gaussian of classes.
struct Gaussians {
  Matrix<double> mean;      // [classes, q]
  Matrix<double> variance;  // [classes, q], above 0
};
// Of a held-out class: its prediction, and 1 + strength v^exponent residual, v the variance of the
// regression at its description over the mean of those left out. Of a seen class the posterior,
// given its n_c images.
[[nodiscard]] Gaussians held_out_gaussians(const FoldProblem& problem,
                                           const TurnedSpace& space,
                                           const KernelSettings& settings);
[[nodiscard]] Gaussians seen_gaussians(const FoldProblem& problem,
                                       const TurnedSpace& space,
                                       const KernelSettings& settings);
// Mean of the variances left out, which v is in units of.
[[nodiscard]] double unit_variance(const FoldProblem& problem, const KernelSettings& settings);

// Rows with weights sqrt(g) on their coordinates, of unit length.
[[nodiscard]] Matrix<double> weighted_unit_rows(MatrixView<const double> rows,
                                                const std::vector<double>& weights);

// How many of C seen classes count for the hub term.
[[nodiscard]] Index hub_count(double fraction, Index num_seen);
// Of each row [n, q] (weighted unit rows) the mean of its counts[k] largest cosines to the seen
// means, in turn for every k; row i leaves out seen class i where `own` says that the rows are
// these classes; fewer where fewer are left. [counts, n]
[[nodiscard]] std::vector<std::vector<double>> hub_biases(MatrixView<const double> rows,
                                                          MatrixView<const double> seen,
                                                          std::span<const Index> counts,
                                                          bool own);

}  // namespace dem
