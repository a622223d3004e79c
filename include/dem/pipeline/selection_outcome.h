// What held-out seen classes said about how long to train a network.
#pragma once

#include <string>
#include <vector>

#include "dem/learn/recipe.h"

namespace dem {

// Of runs that each held out some seen classes, all evaluated at the same moments: the moment that
// was best in the mean over these folds, of equal ones that of the smaller distance.
struct SelectionOutcome {
  SelectionBy by = SelectionBy::kT1;
  Index steps = 0;                  // to train on all seen classes, at least 1: as many passes
  double value = 0.0;               // T1, H or accuracy: the mean of `values`, a fraction
  std::vector<double> values = {};  // of each fold
  // Mean over folds of the mean over held-out images of minus the score of their own class: for the
  // Euclidean metric the squared distance to its prototype.
  double distance = 0.0;
  double gamma = 0.0;          // taken off the scores of seen classes: mean over folds, or given
  float temperature = 0.0f;    // of probabilities on held-out images; 0: none could be fitted
  Index held_out_classes = 0;  // of all folds together
  Index held_out_images = 0;

  // One line: {"by", "folds", "steps", "value", "values", "distance", "gamma", "temperature",
  // "held_out_classes", "held_out_images"}, numbers to the last digit.
  [[nodiscard]] std::string to_json() const;
};

// Throws Error{kFormat}, the text of `where` first, for what is not of to_json().
[[nodiscard]] SelectionOutcome selection_outcome_from_json(const std::string& json,
                                                           const std::string& where);

}  // namespace dem
