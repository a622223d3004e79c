// The training runs that a fit is made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dem/pipeline/fit.h"

namespace dem {

// What one of them trains on and goes by.
struct Phase {
  FitPhase id;
  Recipe recipe;
  std::vector<Index> rows;
  std::vector<Index> watched_rows;  // the images of an evaluation, and its candidate classes
  std::vector<ClassId> candidates;
  // Of a selection that weighs both kinds of classes: images that are kept from training, and their
  // classes, ascending.
  std::vector<Index> spared_rows = {};
  std::vector<ClassId> other_classes = {};
  Index fold = 0;  // 1 .. num_folds of a selection
  Index num_folds = 0;

  [[nodiscard]] Index steps_per_epoch() const {
    return recipe.network->steps_per_epoch(static_cast<Index>(rows.size()));
  }
  [[nodiscard]] Index total_steps() const {
    return recipe.network->total_steps(static_cast<Index>(rows.size()));
  }
};

[[nodiscard]] std::string_view to_string(FitPhase phase) noexcept;  // "select", "train"

// What it trains on, and what its accuracies are worth.
[[nodiscard]] std::string describe(const Phase& phase);

// On some of the seen classes each; the others are watched, and select. Where H or gamma is chosen,
// about a fifth of the images of the former are spared. Throws Error{kInvalidArgument} where the
// held-out classes have no image, where none can be spared, and as validation_folds().
[[nodiscard]] std::vector<Phase> selection_phases(const Dataset& dataset,
                                                  const Recipe& recipe,
                                                  std::uint64_t seed);

// On all seen classes, as long as the recipe says.
[[nodiscard]] Phase training_phase(const Dataset& dataset, const Recipe& recipe);

// Makes it as many passes as were best in a selection phase: `steps` steps, but no more than the
// recipe's own max_steps. The last weights are then taken.
void set_length(Phase& training, Index steps);

// Steps that make as many passes over a phase's rows, at least 1.
[[nodiscard]] Index steps_of(double passes, const Phase& phase);

}  // namespace dem
