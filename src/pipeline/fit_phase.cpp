#include "pipeline/fit_phase.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "pipeline/scored_rows.h"

namespace dem {

std::string_view to_string(FitPhase phase) noexcept {
  return phase == FitPhase::kSelect ? "select" : "train";
}

namespace {

// The rows that are not spared of a fold; those that are go to the phase.
void spare_rows(const Dataset& dataset, ScoredRepeat of, Phase& phase) {
  std::vector<ClassId> labels;
  std::vector<Index> counts(at(dataset.classes.size()));
  for (const Index row : phase.rows) {
    labels.push_back(dataset.labels[at(row)]);
    ++counts[at(labels.back())];
  }
  const std::vector<bool> spared = spare_images(of, labels, counts);
  std::vector<Index> kept;
  for (std::size_t i = 0; i < spared.size(); ++i) {
    (spared[i] ? phase.spared_rows : kept).push_back(phase.rows[i]);
  }
  phase.rows = std::move(kept);
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] > 0) phase.other_classes.push_back(static_cast<ClassId>(c));
  }
  if (!phase.spared_rows.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              "selection val: expected classes of several images, of which some can be spared for "
              "H and gamma, got none");
}

Phase selection_phase(const Dataset& dataset,
                      const Recipe& recipe,
                      ValidationSplit&& split,
                      ScoredRepeat of) {
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
  const bool weighs_both =
      recipe.selection_by == SelectionBy::kH || recipe.gamma.by == GammaChoice::By::kValidation;
  if (weighs_both) spare_rows(dataset, of, phase);
  return phase;
}

}  // namespace

std::string describe(const Phase& phase) {
  if (phase.id == FitPhase::kSelect) {
    const std::string fold =
        phase.num_folds > 1 ? concat("fold ", phase.fold, " of ", phase.num_folds, ": ") : "";
    return concat(fold,
                  "training on ",
                  phase.rows.size(),
                  " images; the accuracy of an epoch is the ",
                  to_string(phase.recipe.selection_by),
                  " of ",
                  phase.watched_rows.size(),
                  " images among ",
                  phase.candidates.size(),
                  " held-out seen classes",
                  phase.recipe.selection_by == SelectionBy::kH
                      ? concat(" and ", phase.spared_rows.size(), " spared images of the others")
                      : std::string(),
                  ", and selects the number of epochs");
  }
  return concat("training on ",
                phase.rows.size(),
                " images; the accuracy of an epoch is that of ",
                phase.watched_rows.size(),
                " images among ",
                phase.candidates.size(),
                " unseen classes",
                phase.recipe.selection == Selection::kLast ? ", and is only watched"
                                                           : ", and selects the weights");
}

std::vector<Phase> selection_phases(const Dataset& dataset,
                                    const Recipe& recipe,
                                    std::uint64_t seed) {
  std::vector<Phase> phases;
  for (ValidationSplit& split : validation_folds(dataset, recipe.selection_folds, seed)) {
    const ScoredRepeat of{seed, static_cast<Index>(phases.size())};
    phases.push_back(selection_phase(dataset, recipe, std::move(split), of));
    phases.back().fold = static_cast<Index>(phases.size());
  }
  for (Phase& phase : phases) phase.num_folds = static_cast<Index>(phases.size());
  return phases;
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

Index steps_of(double passes, const Phase& phase) {
  return std::max<Index>(1, std::llround(passes * static_cast<double>(phase.steps_per_epoch())));
}

}  // namespace dem
