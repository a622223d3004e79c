// Accuracies of what was learned from a scored fold.
#pragma once

#include "dem/learn/family.h"
#include "learn/seen_unseen_curve.h"

namespace dem {

// On the images that the fold holds out, searched among all of the fold's classes.
[[nodiscard]] SeenUnseenCurve fold_curve(const Learned& learned,
                                         const ScoredFold& fold,
                                         const ClassTable& classes);

}  // namespace dem
