// Whether classes that are described alike look alike.
#pragma once

#include "doctor/feature_scan.h"

namespace dem {

// Mantel's test (Cancer Research 27, 1967): the correlation, over all pairs of seen classes, of
// their cosine as means of training features with their cosine as descriptions, both as ranks among
// the classes, column by column; beside the same with the descriptions shuffled.
struct Relation {
  Index num_classes = 0;  // seen ones that have a description; at most 1000 are taken
  double correlation = 0.0;
  double mean = 0.0, deviation = 0.0;  // of shuffled descriptions

  // Fewer classes tell nothing.
  [[nodiscard]] bool is_known() const { return num_classes >= 20 && deviation > 0.0; }
  // How many deviations it is above shuffled descriptions; 0 where that is not known.
  [[nodiscard]] double z() const { return is_known() ? (correlation - mean) / deviation : 0.0; }
};

// descriptions [num_classes, dim]; what is not finite counts as the middle.
[[nodiscard]] Relation relation_of(const FeatureFacts& facts, MatrixView<const float> descriptions);

}  // namespace dem
