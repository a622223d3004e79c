#include "learn/kernel/fold_scores.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "learn/kernel/products.h"
#include "learn/kernel/score_curves.h"
#include "learn/solutions.h"

namespace dem {
namespace {

constexpr float kLeastSquaredNorm = 1e-30f;

// Square of every element.
Matrix<float> squares(MatrixView<const float> matrix) {
  Matrix<float> out = Matrix<float>::uninitialised(matrix.rows(), matrix.cols());
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (Index j = 0; j < matrix.cols(); ++j) out(i, j) = matrix(i, j) * matrix(i, j);
  }
  return out;
}

// 1 and the classes above, and half of those with the same score, as their order is chance. What is
// no number is above all.
double mean_rank(std::span<const float> scores, Index label) {
  const float own = scores[at(label)];
  double rank = 1.0;
  for (std::size_t c = 0; c < scores.size(); ++c) {
    if (c == at(label) || scores[c] < own) continue;
    rank += scores[c] == own ? 0.5 : 1.0;
  }
  return rank;
}

// `weight` times each class's bias off its column.
void take_bias(double weight, const std::vector<double>& bias, Matrix<float>& scores) {
  if (weight == 0.0) return;
  for (Index i = 0; i < scores.rows(); ++i) {
    for (Index c = 0; c < scores.cols(); ++c) {
      scores(i, c) -= static_cast<float>(weight * bias[at(c)]);
    }
  }
}

}  // namespace

Matrix<float> cosines(MatrixView<const float> images,
                      const std::vector<float>& squared,
                      const Matrix<double>& prototypes,
                      const std::vector<double>& weights) {
  Matrix<double> rows = prototypes.clone();
  scale_columns(rows.view(), roots(weights));
  Matrix<float> out = times_transposed<float>(images, rounded(rows));
  for (Index i = 0; i < out.rows(); ++i) {
    double off = 0.0;
    for (Index j = 0; j < images.cols(); ++j) {
      off += double{images(i, j)} * double{images(i, j)} * (1.0 - weights[at(j)]);
    }
    const float norm =
        std::sqrt(std::max(static_cast<float>(squared[at(i)] - off), kLeastSquaredNorm));
    for (float& value : out.row(i)) value /= norm;
  }
  return out;
}

Matrix<float> gaussian_scores(MatrixView<const float> images, const Gaussians& gaussians) {
  const Index classes = gaussians.mean.rows();
  const Index width = gaussians.mean.cols();
  Matrix<float> linear = Matrix<float>::uninitialised(classes, width);
  Matrix<float> quadratic = Matrix<float>::uninitialised(classes, width);
  std::vector<double> constant(at(classes));
  for (Index c = 0; c < classes; ++c) {
    for (Index j = 0; j < width; ++j) {
      const double inverse = 1.0 / gaussians.variance(c, j);
      const double mean = gaussians.mean(c, j);
      linear(c, j) = static_cast<float>(mean * inverse);
      quadratic(c, j) = static_cast<float>(-0.5 * inverse);
      constant[at(c)] += 0.5 * mean * mean * inverse;
    }
  }
  Matrix<float> out = times_transposed<float>(images, linear);
  const Matrix<float> squared = squares(images);
  gemm(Transpose::kNo, Transpose::kYes, 1.0f, squared.view(), quadratic.view(), 1.0f, out.view());
  for (Index i = 0; i < out.rows(); ++i) {
    for (Index c = 0; c < classes; ++c) out(i, c) -= static_cast<float>(constant[at(c)]);
  }
  return out;
}

double reciprocal_rank(MatrixView<const float> scores, std::span<const Index> labels) {
  std::vector<double> sums(at(scores.cols())), counts(at(scores.cols()));
  for (Index i = 0; i < scores.rows(); ++i) {
    const std::span<const float> row = scores.row(i);
    const Index label = labels[at(i)];
    sums[at(label)] += 1.0 / mean_rank(row, label);
    counts[at(label)] += 1.0;
  }
  double sum = 0.0;
  double classes = 0.0;
  for (std::size_t c = 0; c < sums.size(); ++c) {
    if (counts[c] == 0.0) continue;
    sum += sums[c] / counts[c];
    classes += 1.0;
  }
  return classes > 0.0 ? sum / classes : 0.0;
}

FoldScores::FoldScores(const FoldProblem& problem, const KernelSettings& settings)
    : problem_(problem),
      whitened_(problem.scatter(), settings.shrinkage),
      space_(whitened_, problem.left_out(settings.kernel, settings.lambda).residuals) {
  WhitenedRows rows = whitened_rows(whitened_, problem.images());
  images_ = space_.turned(rows);
  squared_ = std::move(rows.squared);
  root_mean_square_ = whitened_.root_mean_square();
}

Matrix<double> FoldScores::prototypes(const KernelSettings& settings) const {
  return weighted_unit_rows(
      stacked(blended_prototypes(problem_, space_, settings),
              predicted_prototypes(problem_, space_, settings.kernel, settings.lambda)),
      space_.weights(settings.kappa));
}

// Of seen classes their own mean is left out.
std::vector<double> FoldScores::hub(const KernelSettings& settings,
                                    const Matrix<double>& all) const {
  const Matrix<double> seen =
      weighted_unit_rows(space_.project(problem_.scatter().means), space_.weights(settings.kappa));
  const Index num_seen = problem_.num_seen();
  const Index count[] = {hub_count(settings.hub_fraction, num_seen)};
  std::vector<double> bias = hub_biases(all.view().row_block(0, num_seen), seen, count, true)[0];
  const std::vector<double> others =
      hub_biases(all.view().row_block(num_seen, problem_.num_held_out()), seen, count, false)[0];
  bias.insert(bias.end(), others.begin(), others.end());
  return bias;
}

std::vector<double> FoldScores::held_out_ranks(const KernelSettings& settings,
                                               std::span<const Hub> hubs) const {
  const std::vector<double> weights = space_.weights(settings.kappa);
  const Matrix<double> held_out = weighted_unit_rows(
      predicted_prototypes(problem_, space_, settings.kernel, settings.lambda), weights);
  const Matrix<float> base = cosines(
      images_.view().row_block(0, problem_.num_unseen_images()), squared_, held_out, weights);
  std::vector<Index> counts;
  for (const Hub& hub : hubs) counts.push_back(hub_count(hub.fraction, problem_.num_seen()));
  const Matrix<double> seen = weighted_unit_rows(space_.project(problem_.scatter().means), weights);
  const auto biases = hub_biases(held_out, seen, counts, false);
  std::vector<Index> labels(problem_.labels().begin(),
                            problem_.labels().begin() + problem_.num_unseen_images());
  for (Index& label : labels) label -= problem_.num_seen();
  std::vector<double> ranks;
  for (std::size_t k = 0; k < hubs.size(); ++k) {
    Matrix<float> scores = base.clone();
    take_bias(hubs[k].weight, biases[k], scores);
    ranks.push_back(reciprocal_rank(scores, labels));
  }
  return ranks;
}

const Matrix<float>& FoldScores::cosines_with_hub(const KernelSettings& settings) {
  if (kappa_ != settings.kappa) {
    cosines_.clear();
    kappa_ = settings.kappa;
  }
  const auto found = cosines_.find(settings.blend);
  if (found != cosines_.end()) return found->second;
  const Matrix<double> all = prototypes(settings);
  Matrix<float> scores = cosines(images_, squared_, all, space_.weights(settings.kappa));
  if (settings.hub > 0.0) take_bias(settings.hub, hub(settings, all), scores);
  return cosines_.emplace(settings.blend, std::move(scores)).first->second;
}

// They do not depend on kappa.
const Matrix<float>& FoldScores::gaussians(const KernelSettings& settings) {
  const std::pair key(settings.strength, settings.exponent);
  const auto found = gaussians_.find(key);
  if (found != gaussians_.end()) return found->second;
  const Gaussians seen = seen_gaussians(problem_, space_, settings);
  const Gaussians unseen = held_out_gaussians(problem_, space_, settings);
  const Gaussians all{stacked(seen.mean, unseen.mean), stacked(seen.variance, unseen.variance)};
  return gaussians_.emplace(key, gaussian_scores(images_, all)).first->second;
}

SeenUnseenCurve FoldScores::curve(const KernelSettings& settings) {
  return curve_of(settings, images_.rows());
}

SeenUnseenCurve FoldScores::unseen_curve(const KernelSettings& settings) {
  return curve_of(settings, problem_.num_unseen_images());
}

SeenUnseenCurve FoldScores::curve_of(const KernelSettings& settings, Index num_images) {
  const Matrix<float>& base = cosines_with_hub(settings);
  const Matrix<float>* added = settings.gaussian > 0.0 ? &gaussians(settings) : nullptr;
  const auto weight = static_cast<float>(settings.gaussian / root_mean_square_);
  std::vector<CurveImage> images;
  std::vector<float> scores(at(base.cols()));
  for (Index i = 0; i < num_images; ++i) {
    for (Index c = 0; c < base.cols(); ++c) {
      scores[at(c)] = base(i, c) + (added != nullptr ? weight * (*added)(i, c) : 0.0f);
    }
    images.push_back(curve_image(scores, problem_.num_seen(), problem_.labels()[at(i)]));
  }
  return SeenUnseenCurve(images);
}

}  // namespace dem
