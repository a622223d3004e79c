// Probabilities from distances.
#pragma once

#include <span>

#include "dem/data/dataset.h"
#include "dem/model/model.h"

namespace dem {

// The temperature T that makes the labels of some rows most likely under softmax(-distance / T)
// over the candidates (Guo et al., On Calibration of Modern Neural Networks, ICML 2017,
// section 4.2), found by bisection: the likelihood is concave in 1 / T.
//   prototypes  [num_classes, feature_dim]
//   candidates  class ids, at least one
//   rows        of the dataset's scaled features; rows of other classes are passed over
// An even selection is taken of very many rows.
// Never 0 or infinite: rows that are all right, or no better than chance, give the end of a wide
// range. Returns 0 where no row is left or all distances of each row are equal. Does not depend on
// the number of threads.
[[nodiscard]] float fit_temperature(MatrixView<const float> prototypes,
                                    std::span<const ClassId> candidates,
                                    const Dataset& dataset,
                                    std::span<const Index> rows,
                                    Metric metric);

}  // namespace dem
