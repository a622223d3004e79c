#include "learn/kernel/score_curves.h"

#include <algorithm>
#include <vector>

#include "base/at.h"

namespace dem {
namespace {

Index first_largest(std::span<const float> scores) {
  return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

}  // namespace

CurveImage curve_image(std::span<const float> scores, Index num_seen, Index label) {
  const Index seen = first_largest(scores.first(at(num_seen)));
  const Index unseen = num_seen + first_largest(scores.subspan(at(num_seen)));
  const bool is_unseen = label >= num_seen;
  return {scores[at(seen)] - scores[at(unseen)],
          label,
          is_unseen,
          label == (is_unseen ? unseen : seen)};
}

SeenUnseenCurve curve_of(MatrixView<const float> scores, const FoldProblem& problem) {
  std::vector<CurveImage> images;
  for (Index i = 0; i < scores.rows(); ++i) {
    images.push_back(curve_image(scores.row(i), problem.num_seen(), problem.labels()[at(i)]));
  }
  return SeenUnseenCurve(images);
}

double held_out_accuracy(MatrixView<const float> scores, const FoldProblem& problem) {
  std::vector<Index> labels(problem.labels().begin(), problem.labels().begin() + scores.rows());
  for (Index& label : labels) label -= problem.num_seen();
  return held_out_accuracy(scores, labels);
}

double held_out_accuracy(MatrixView<const float> scores, std::span<const Index> labels) {
  std::vector<double> right(at(scores.cols())), count(at(scores.cols()));
  for (Index i = 0; i < scores.rows(); ++i) {
    const Index label = labels[at(i)];
    count[at(label)] += 1.0;
    if (first_largest(scores.row(i)) == label) right[at(label)] += 1.0;
  }
  double sum = 0.0, classes = 0.0;
  for (std::size_t c = 0; c < count.size(); ++c) {
    if (count[c] == 0.0) continue;
    sum += right[c] / count[c];
    classes += 1.0;
  }
  return classes > 0.0 ? sum / classes : 0.0;
}

}  // namespace dem
