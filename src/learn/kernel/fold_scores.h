// Scores of a fold's images for its classes.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "learn/kernel/class_prototypes.h"
#include "learn/seen_unseen_curve.h"

namespace dem {

// Of images in a turned space [n, q] and their squared norms over all dimensions, the cosines to
// prototypes (weighted unit rows [m, q]) under the weights: the norm of an image counts also what
// lies outside of the q dimensions, with weight 1.
[[nodiscard]] Matrix<float> cosines(MatrixView<const float> images,
                                    const std::vector<float>& squared,
                                    const Matrix<double>& prototypes,
                                    const std::vector<double>& weights);

// G of GaussianTerm (dem/model/kernel_map.h), [n, classes].
[[nodiscard]] Matrix<float> gaussian_scores(MatrixView<const float> images,
                                            const Gaussians& gaussians);

// The mean over held-out classes of the mean reciprocal rank of an image's own class among them:
// as the accuracy, but it moves with every rank and not with the first alone. Of equal scores each
// has the mean rank.
//   scores [n, u] of images of held-out classes, labels [n] in 0 .. u - 1
[[nodiscard]] double reciprocal_rank(MatrixView<const float> scores, std::span<const Index> labels);

// A fold in the space of some settings, for choices that need scores of all classes. Settings of
// its curves differ from those in blend, Gaussian and kappa alone, not in the hub term: it keeps
// the cosines of each blend while kappa stays, and the Gaussians of each strength and exponent.
class FoldScores {
 public:
  FoldScores(const FoldProblem& problem, const KernelSettings& settings);

  struct Hub {
    double weight, fraction;
  };
  // Reciprocal ranks by cosine and each of some hub terms.
  [[nodiscard]] std::vector<double> held_out_ranks(const KernelSettings& settings,
                                                   std::span<const Hub> hubs) const;
  [[nodiscard]] SeenUnseenCurve curve(const KernelSettings& settings);
  // Of images of held-out classes only.
  [[nodiscard]] SeenUnseenCurve unseen_curve(const KernelSettings& settings);

 private:
  [[nodiscard]] Matrix<double> prototypes(const KernelSettings& settings) const;
  [[nodiscard]] std::vector<double> hub(const KernelSettings& settings,
                                        const Matrix<double>& all) const;
  [[nodiscard]] const Matrix<float>& cosines_with_hub(const KernelSettings& settings);
  [[nodiscard]] const Matrix<float>& gaussians(const KernelSettings& settings);
  [[nodiscard]] SeenUnseenCurve curve_of(const KernelSettings& settings, Index num_images);

  const FoldProblem& problem_;
  WhitenedSpace whitened_;
  TurnedSpace space_;
  Matrix<float> images_;  // [n, q]
  std::vector<float> squared_;
  double root_mean_square_ = 1.0;
  double kappa_ = -1.0;                      // of what is kept
  std::map<double, Matrix<float>> cosines_;  // by blend
  std::map<std::pair<double, double>, Matrix<float>> gaussians_;
};

}  // namespace dem
