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

SeenUnseenCurve curve_of(MatrixView<const float> scores, const FoldProblem& problem) {
  const Index num_seen = problem.num_seen();
  std::vector<CurveImage> images;
  for (Index i = 0; i < scores.rows(); ++i) {
    const std::span<const float> all = scores.row(i);
    const Index seen = first_largest(all.first(at(num_seen)));
    const Index unseen = num_seen + first_largest(all.subspan(at(num_seen)));
    const Index label = problem.labels()[at(i)];
    const bool is_unseen = label >= num_seen;
    images.push_back(
        {all[at(seen)] - all[at(unseen)], label, is_unseen, label == (is_unseen ? unseen : seen)});
  }
  return SeenUnseenCurve(images);
}

double held_out_accuracy(MatrixView<const float> scores, const FoldProblem& problem) {
  std::vector<double> right(at(problem.num_held_out())), count(at(problem.num_held_out()));
  for (Index i = 0; i < scores.rows(); ++i) {
    const Index label = problem.labels()[at(i)] - problem.num_seen();
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
