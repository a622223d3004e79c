// A point of a grid of settings, and what held-out seen classes say of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dem/learn/recipe.h"
#include "dem/pipeline/selection_outcome.h"

namespace dem {

struct JudgedPoint {
  std::map<std::string, std::string> fields;  // of the recipe, as they were given
  SelectionBy by = SelectionBy::kT1;          // what `mean` is a mean of
  double mean = 0.0;                          // over folds, a fraction
  std::optional<double> standard_error = {};  // sd / sqrt(n) over folds; empty for one fold
  std::vector<double> values = {};            // of each fold
  std::optional<double> gamma = {};  // of recipes that learn at once, at which the values are
  std::optional<SelectionOutcome> selection = {};  // of networks: how long to train
  std::string failure = {};  // why there are no values: no solution, no finite loss; else empty
  bool is_refused = false;   // the failure is that the recipe refuses these data

  // One line, numbers to the last digit: {"fields", "by", "mean", "standard_error", "values",
  // "gamma", "selection", "failure" | "refused"}, only what there is.
  [[nodiscard]] std::string to_json() const;
};

// Throws Error{kFormat}, the text of `where` first, for what is not of to_json().
[[nodiscard]] JudgedPoint judged_point_from_json(const std::string& json, const std::string& where);

// The place of the best mean, of equal ones the first. Nothing where all failed.
[[nodiscard]] std::optional<std::size_t> best_point(const std::vector<JudgedPoint>& points);

}  // namespace dem
