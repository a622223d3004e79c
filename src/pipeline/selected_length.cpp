#include "pipeline/selected_length.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

Index length_of(const BestMoment& best,
                std::span<const Phase> folds,
                const Phase& training,
                bool solves) {
  double passes = 0.0;
  double running = 0.0;
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    if (!best.steps[fold]) continue;
    const auto steps = static_cast<double>(*best.steps[fold]);
    passes += solves ? steps : steps / static_cast<double>(folds[fold].steps_per_epoch());
    running += 1.0;
  }
  passes /= running;
  return solves ? std::max<Index>(1, std::llround(passes)) : steps_of(passes, training);
}

}  // namespace

SelectionOutcome outcome_of(std::span<const Phase> folds,
                            std::span<const FoldHistory> runs,
                            const Phase& training,
                            bool solves) {
  const std::optional<BestMoment> best = best_moment(runs);
  if (!best) throw Error(ErrorKind::kNumerical, "selection val: no evaluation gave an accuracy");
  SelectionOutcome out{.by = training.recipe.selection_by,
                       .steps = length_of(*best, folds, training, solves),
                       .value = best->value,
                       .values = best->values,
                       .distance = best->distance,
                       .gamma = best->gamma,
                       .temperature = mean_temperature(runs)};
  for (const Phase& fold : folds) {
    out.held_out_classes += static_cast<Index>(fold.candidates.size());
    out.held_out_images += static_cast<Index>(fold.watched_rows.size());
  }
  return out;
}

std::string describe(const SelectionOutcome& found) {
  const std::string folds =
      found.values.size() > 1
          ? concat(" (", found.values.size(), " folds: ", join(found.values), ")")
          : "";
  return concat("validation: best ",
                to_string(found.by),
                " ",
                found.value,
                " on ",
                found.held_out_classes,
                " held-out seen classes",
                folds,
                ", whose images are at a mean distance of ",
                found.distance,
                " from their own prototypes; as many passes over all seen classes are ",
                found.steps,
                " steps");
}

}  // namespace dem
