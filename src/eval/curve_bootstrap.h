// The area under the curve of seen and unseen accuracies, of test images drawn anew.
#pragma once

#include "eval/bootstrap.h"
#include "search/gamma_curve.h"

namespace dem {

// AUSUC in each resampling. Classes and images are drawn as for other scores, but one by one, since
// the place of each image on the curve matters: time grows with images.
[[nodiscard]] ScoreDraws resample_area(const GammaCurve& curve, Resampled what, Index replicates);

}  // namespace dem
