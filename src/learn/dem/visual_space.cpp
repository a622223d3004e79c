#include "learn/dem/visual_space.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "learn/kernel/fold_scores.h"
#include "learn/kernel/products.h"
#include "learn/kernel/score_curves.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

std::vector<Index> seen_of(const ClassStatistics& statistics) {
  std::vector<Index> seen;
  for (std::size_t c = 0; c < statistics.counts.size(); ++c) {
    if (statistics.counts[c] > 0) seen.push_back(static_cast<Index>(c));
  }
  return seen;
}

// For a network these are all that statistics must have.
ClassStatistics counts_and_means(const ClassStatistics& statistics, Index dim) {
  ClassStatistics out;
  out.counts = statistics.counts;
  out.means = Matrix<double>(statistics.num_classes(), dim);
  out.scatter.assign(at(dim), 0.0);
  return out;
}

// Larger is better; what is the same for all classes is left out.
Matrix<float> scores_of(MatrixView<const float> images,
                        MatrixView<const float> prototypes,
                        Metric comparison) {
  Matrix<float> scores = times_transposed<float>(images, prototypes);
  for (Index c = 0; c < scores.cols(); ++c) {
    const double squared = squared_norm(prototypes.row(c));
    const double norm = std::sqrt(squared);
    for (Index i = 0; i < scores.rows(); ++i) {
      const double product = scores(i, c);
      const double score = comparison == Metric::kCosine ? (norm > 0.0 ? product / norm : 0.0)
                                                         : 2.0 * product - squared;
      scores(i, c) = static_cast<float>(score);
    }
  }
  return scores;
}

}  // namespace

NetworkFold::NetworkFold(const ClosedFormProblem& problem)
    : statistics_(problem.statistics.clone()),
      seen_(seen_of(statistics_)),
      inputs_(problem.embeddings, seen_),
      never_negative_(std::all_of(statistics_.lowest.begin(),
                                  statistics_.lowest.end(),
                                  [](float value) { return value >= 0.0f; })) {}

NetworkFold::NetworkFold(const ClosedFormProblem& problem, const ScoredFold& fold)
    : NetworkFold(problem) {
  images_ = problem.feature_map.mapped(fold.unseen.features);
  for (const ClassId id : fold.unseen.labels) {
    labels_.push_back(std::lower_bound(fold.held_out.begin(), fold.held_out.end(), id) -
                      fold.held_out.begin());
  }
  held_out_inputs_ =
      Matrix<float>::uninitialised(static_cast<Index>(fold.held_out.size()), inputs_.dim());
  for (Index i = 0; i < held_out_inputs_.rows(); ++i) {
    const auto row = std::as_const(inputs_.rows).row(fold.held_out[at(i)]);
    std::copy(row.begin(), row.end(), held_out_inputs_.row(i).begin());
  }
}

const ClassScatter& NetworkFold::scatter() const {
  if (!scatter_) {
    scatter_ = class_scatter(statistics_);
    if (images_.rows() > 0) turned_ = scatter_->turned(images_);
  }
  return *scatter_;
}

VisualSpace NetworkFold::space(SpaceKind kind, double shrinkage) const {
  VisualSpace out;
  if (kind == SpaceKind::kPlain) {
    out.targets = counts_and_means(statistics_, statistics_.feature_dim());
    out.targets.means = statistics_.means.clone();
    out.images = images_.clone();
    return out;
  }
  out.whitening.emplace(scatter(), shrinkage);
  const Matrix<double> means = out.whitening->project(scatter().means);
  out.targets = counts_and_means(statistics_, means.cols());
  for (Index i = 0; i < means.rows(); ++i) {
    const auto row = means.row(i);
    std::copy(row.begin(), row.end(), out.targets.means.row(seen_[at(i)]).begin());
  }
  if (turned_.rows() > 0) out.images = whitened_rows(*out.whitening, turned_).rows;
  return out;
}

NetworkFold::Judgement NetworkFold::judge(const VisualSpace& space,
                                          MatrixView<const float> prototypes,
                                          Metric comparison) const {
  const Matrix<float> scores = scores_of(space.images, prototypes, comparison);
  return {reciprocal_rank(scores, labels_), held_out_accuracy(scores, labels_)};
}

}  // namespace dem
