// How the statistics of two sets of images become those of both (Chan, Golub and LeVeque, 1979).
//
// Of a class with a images about mean m and b about mean n, the deviations about the joint mean
// have the sum of outer products S_a + S_b + a b / (a + b) (n - m)(n - m)'.
#pragma once

#include <span>

#include "dem/base/types.h"

namespace dem {

// One class in both sets; b is not 0.
struct MeansToJoin {
  Index a, b;                     // images
  std::span<double> mean;         // [d], of the a images; becomes that of all
  std::span<const double> other;  // [d], of the b images
};

// Adds to scatter [d] what the distance of the means adds, and writes to `apart` [d] the row whose
// outer product it adds to a second moment.
void join_means(const MeansToJoin& means, std::span<double> scatter, std::span<double> apart);

}  // namespace dem
