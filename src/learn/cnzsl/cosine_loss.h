// Cross-entropy of a softmax over scaled cosines.
#pragma once

#include <span>

#include "dem/linalg/matrix.h"

namespace dem {

// The mean over images of log(sum_c exp(s_c)) - s_label with s_c = factor * x.p_c / |p_c|; a
// prototype of zeros has cosine 0 and takes no gradient.
//   images      [n, dim], x of norm 1
//   labels      [n], rows of prototypes
//   prototypes  [num_classes, dim], p
//   gradient    [num_classes, dim], by the prototypes; overwritten
// The mean is summed in double, in the order of the images.
template <typename T>
[[nodiscard]] double cosine_loss(double factor,
                                 MatrixView<const T> images,
                                 std::span<const Index> labels,
                                 MatrixView<const T> prototypes,
                                 MatrixView<T> gradient);

}  // namespace dem
