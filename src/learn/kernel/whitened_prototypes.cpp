#include "learn/kernel/whitened_prototypes.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "learn/kernel/class_prototypes.h"
#include "learn/kernel/products.h"
#include "learn/solutions.h"

namespace dem {
namespace {

constexpr float kLeastImageNorm = 1e-30f;  // squared

Matrix<float> cosines_of(const WhitenedRows& images, const Matrix<double>& prototypes) {
  const std::vector<double> ones(at(prototypes.cols()), 1.0);
  Matrix<float> out =
      times_transposed<float>(images.rows, rounded(weighted_unit_rows(prototypes, ones)));
  for (Index i = 0; i < out.rows(); ++i) {
    const float norm = std::sqrt(std::max(images.squared[at(i)], kLeastImageNorm));
    for (float& value : out.row(i)) value /= norm;
  }
  return out;
}

// 2 z . p - |p|^2.
Matrix<float> nearness_of(const WhitenedRows& images, const Matrix<double>& prototypes) {
  std::vector<double> squared;
  for (Index c = 0; c < prototypes.rows(); ++c) {
    double sum = 0.0;
    for (const double value : prototypes.row(c)) sum += value * value;
    squared.push_back(sum);
  }
  Matrix<float> out = times_transposed<float>(images.rows, rounded(prototypes));
  for (Index i = 0; i < out.rows(); ++i) {
    for (Index c = 0; c < out.cols(); ++c) {
      out(i, c) = static_cast<float>(2.0 * double{out(i, c)} - squared[at(c)]);
    }
  }
  return out;
}

}  // namespace

Matrix<double> blended_in(const WhitenedSpace& space,
                          const FoldProblem& problem,
                          const WhitenedSettings& settings) {
  Matrix<double> means = space.project(problem.scatter().means);
  if (settings.blend == 0.0) return means;
  const auto& left_out = problem.left_out(settings.kernel, settings.lambda);
  const Matrix<double> residuals = space.project(left_out.residuals);
  for (Index c = 0; c < means.rows(); ++c) {
    const double part = settings.blend / (settings.blend + problem.scatter().counts[at(c)]);
    for (Index j = 0; j < means.cols(); ++j) means(c, j) -= part * residuals(c, j);
  }
  return means;
}

Matrix<float> scores_by(Metric comparison,
                        const WhitenedRows& images,
                        const Matrix<double>& prototypes) {
  return comparison == Metric::kCosine ? cosines_of(images, prototypes)
                                       : nearness_of(images, prototypes);
}

}  // namespace dem
