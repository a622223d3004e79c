// Prototypes in a whitened space, and scores of images against them.
#pragma once

#include "learn/kernel/class_prototypes.h"
#include "learn/kernel/turned_space.h"
#include "learn/kernel/whitened_settings.h"

namespace dem {

// Of the seen classes [C, q]: their means, drawn towards what the other classes predict.
[[nodiscard]] Matrix<double> blended_in(const WhitenedSpace& space,
                                        const FoldProblem& problem,
                                        const WhitenedSettings& settings);

// Of images for prototypes [m, q], [n, m]: cosines, the norm of an image over all dimensions; or
// minus the squared distances, less the images' squared norms, which no class changes.
[[nodiscard]] Matrix<float> scores_by(Metric comparison,
                                      const WhitenedRows& images,
                                      const Matrix<double>& prototypes);

}  // namespace dem
