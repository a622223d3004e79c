// Signs of a model that tells classes apart badly, whatever its scores are.
#pragma once

#include <string>
#include <vector>

#include "dem/data/dataset.h"
#include "dem/eval/scores.h"
#include "dem/model/model.h"

namespace dem {

struct ModelSigns {
  Index num_outputs = 0;
  // Outputs of the class map that are the same for every class, though the mean features of the
  // seen classes differ there.
  Index num_dead = 0;
  // Root mean square distance of the prototypes, and of the mean features of seen classes, from
  // their own mean, in the space where they are compared. 0 where prototypes are compared by
  // another metric than the distance, or have scales.
  double prototype_spread = 0.0;
  double mean_spread = 0.0;
  // The share of the features that are below 0 where the class map ends in a ReLU, which cannot
  // reach them; else 0.
  double unreachable = 0.0;

  // A sentence for each sign that is clear: a tenth of the outputs dead, prototypes within a
  // quarter of what the class means take, a tenth of the features out of reach. None for a sound
  // model.
  [[nodiscard]] std::vector<std::string> sentences() const;
};

// Looks at the prototypes of the dataset's classes and at up to 4,096 of its training images,
// spread evenly, of those that are held here; without any all is 0. Throws Error{kShapeMismatch}
// where model and data do not fit.
//
//   for (const std::string& line : model_signs(model, dataset).sentences()) log(..., line);
[[nodiscard]] ModelSigns model_signs(const Model& model, const Dataset& dataset);

// "412 of 600 unseen test images go to "x", ...": where one class takes three times the share of
// the largest and at least three tenths of the images. Empty otherwise.
[[nodiscard]] std::string crowding_sentence(const EvaluationResult& result, const Dataset& dataset);

}  // namespace dem
