// The directions of a whitened space in which classes differ by more than the noise of their means.
#pragma once

#include <vector>

#include "learn/kernel/turned_space.h"

namespace dem {

// The covariance of the C class means, C - 1 degrees of freedom, less that of their noise, which is
// the mean of 1 / n_c in each direction, turned to its axes; those whose variance is above 1e-3
// (of the variance 1 of images within classes), at most C - 1. Images and classes are independent
// from one of them to another.
struct SignalSpace : SpaceAxes {
  explicit SignalSpace(const WhitenedSpace& of);

  std::vector<double> signal;  // [width], variance of classes; may be empty
};

}  // namespace dem
