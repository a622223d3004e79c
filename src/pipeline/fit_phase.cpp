#include "pipeline/fit_phase.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

std::string_view to_string(FitPhase phase) noexcept {
  return phase == FitPhase::kSelect ? "select" : "train";
}

std::string describe(const Phase& phase) {
  return concat("training on ",
                phase.rows.size(),
                " images; the accuracy of an epoch is that of ",
                phase.watched_rows.size(),
                " images among ",
                phase.candidates.size(),
                phase.id == FitPhase::kSelect ? " held-out seen classes" : " unseen classes",
                phase.recipe.selection == Selection::kLast ? ", and is only watched"
                                                           : ", and selects the weights");
}

Phase selection_phase(const Dataset& dataset, const Recipe& recipe, std::uint64_t seed) {
  ValidationSplit split = validation_split(dataset, seed);
  if (split.val_rows.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("selection val: expected images of the ",
                       split.val_classes.size(),
                       " held-out seen classes, got none"));
  }
  Phase phase{FitPhase::kSelect,
              recipe,
              std::move(split.train_rows),
              std::move(split.val_rows),
              std::move(split.val_classes)};
  phase.recipe.selection_threshold = -1.0;  // the first evaluation is the first best
  return phase;
}

Phase training_phase(const Dataset& dataset, const Recipe& recipe) {
  return {FitPhase::kTrain,
          recipe,
          dataset.split.trainval,
          dataset.split.test_unseen,
          dataset.unseen_classes};
}

void set_length(Phase& training, Index steps) {
  Recipe& recipe = training.recipe;
  recipe.selection = Selection::kLast;
  recipe.network->max_steps =
      recipe.network->max_steps > 0 ? std::min(recipe.network->max_steps, steps) : steps;
}

Index same_passes(Index steps, const Phase& from, const Phase& to) {
  const double passes = static_cast<double>(steps) / static_cast<double>(from.steps_per_epoch());
  return std::max<Index>(1, std::llround(passes * static_cast<double>(to.steps_per_epoch())));
}

}  // namespace dem
