// Accuracies from scores of a fold's images for its classes.
#pragma once

#include <span>

#include "learn/kernel/fold_problem.h"
#include "learn/seen_unseen_curve.h"

namespace dem {

// Of one image's scores, of seen classes and then of those held out, of equal ones the first.
[[nodiscard]] CurveImage curve_image(std::span<const float> scores, Index num_seen, Index label);
// scores [images of the problem, seen classes and then those held out].
[[nodiscard]] SeenUnseenCurve curve_of(MatrixView<const float> scores, const FoldProblem& problem);

// T1 alone: the mean over held-out classes of the accuracy on their images, of equal scores the
// first. scores [images of held-out classes, held-out classes].
[[nodiscard]] double held_out_accuracy(MatrixView<const float> scores, const FoldProblem& problem);
// The same of labels [n] in 0 .. u - 1, the columns of scores [n, u].
[[nodiscard]] double held_out_accuracy(MatrixView<const float> scores,
                                       std::span<const Index> labels);

}  // namespace dem
