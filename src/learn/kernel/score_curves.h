// Accuracies from scores of a fold's images for its classes.
#pragma once

#include "learn/kernel/fold_problem.h"
#include "learn/seen_unseen_curve.h"

namespace dem {

// scores [images of the problem, seen classes and then those held out].
[[nodiscard]] SeenUnseenCurve curve_of(MatrixView<const float> scores, const FoldProblem& problem);

// T1 alone: the mean over held-out classes of the accuracy on their images, of equal scores the
// first. scores [images of held-out classes, held-out classes].
[[nodiscard]] double held_out_accuracy(MatrixView<const float> scores, const FoldProblem& problem);

}  // namespace dem
