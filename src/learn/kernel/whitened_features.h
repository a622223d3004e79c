// The feature map of a whitened space.
#pragma once

#include "dem/model/feature_map.h"
#include "learn/kernel/turned_space.h"

namespace dem {

// From features along the axes of the scatter to the space: D^-1/2 V [d, d], a row a dimension.
[[nodiscard]] Matrix<double> whitening(const WhitenedSpace& space);

// Behind `base`: x -> weight (x - centre), the centre taken off first, where numbers far from zero
// keep their digits.
[[nodiscard]] FeatureMap with_affine(const FeatureMap& base,
                                     const std::vector<double>& centre,
                                     const Matrix<double>& weight);

}  // namespace dem
