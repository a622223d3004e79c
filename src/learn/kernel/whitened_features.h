// The feature map of a whitened space.
#pragma once

#include "dem/model/feature_map.h"
#include "learn/kernel/turned_space.h"

namespace dem {

// From features along the axes of the scatter to the space: D^-1/2 V [d, d], a row a dimension.
[[nodiscard]] Matrix<double> whitening(const WhitenedSpace& space);

// x -> x - centre, and behind it x -> weight x, with what the centre loses by rounding as its bias.
// Numbers far from zero keep their digits so, and not where the whole centre is a bias.
[[nodiscard]] FeatureScaling without_centre(const std::vector<double>& centre);
[[nodiscard]] AffineMap behind_centre(const std::vector<double>& centre,
                                      const Matrix<double>& weight);
// Both behind `base`: x -> weight (x - centre).
[[nodiscard]] FeatureMap with_affine(const FeatureMap& base,
                                     const std::vector<double>& centre,
                                     const Matrix<double>& weight);

}  // namespace dem
