// A model of class vectors that lie in the space of the features, without any training.
#pragma once

#include "dem/model/model.h"

namespace dem {

struct ClassVectorOptions {
  // All three rank alike, since features and class vectors have norm 1.
  Metric metric = Metric::kCosine;
  // As in Model: 0: none, so that there are no probabilities. A model that has learned texts and
  // images together has one of its own: CLIP multiplies cosines by 100, which is 0.01 here. Minus
  // the squared distance is twice the cosine less 2: there twice that.
  float temperature = 0.0f;
};

// The vectors of `classes`, one space of width feature_dim, are the prototypes: CLIP's text vectors
// beside its image features, say. Features and class vectors are divided by their norms; a new
// class (Model::add_classes) is its vector likewise. Facts of the provenance are "recipe"
// (class-vectors), "selection" (given) and, with a temperature, "calibration" (given).
//
//   Model model = model_of_class_vectors(read_classes("clip_texts.csv"), {.temperature = 0.01f});
//
// Throws Error{kInvalidArgument} for no classes, more spaces than one, a vector without a norm
// above 0 and a temperature below 0 or not finite; Error{kShapeMismatch} for another number of rows
// than of names.
[[nodiscard]] Model model_of_class_vectors(ClassTable classes,
                                           const ClassVectorOptions& options = {});

}  // namespace dem
