// Class normalisation (Skorokhodov and Elhoseiny, ICLR 2021, section 3.3), without learnt scale and
// shift: each hidden unit is centred over the classes of a step and divided by its variance, not by
// the root of it.
#pragma once

#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

// Of each unit over some classes.
template <typename T>
struct ClassMoments {
  std::vector<T> mean;      // [units]
  std::vector<T> variance;  // [units], unbiased: over the number of classes less one
};

// hidden [num_classes, units] -> (hidden - mean) / (variance + epsilon), in place; two classes or
// more. Returns the moments that it went by.
template <typename T>
ClassMoments<T> normalise_over_classes(double epsilon, MatrixView<T> hidden);

// gradient [num_classes, units] by what normalise_over_classes() gave, `normalised`, becomes the
// one by what it took.
template <typename T>
void normalise_gradient(double epsilon,
                        const ClassMoments<T>& moments,
                        MatrixView<const T> normalised,
                        MatrixView<T> gradient);

}  // namespace dem
