// Which folds of held-out classes tell anything.
#pragma once

#include <cstddef>
#include <optional>

#include "dem/learn/gamma_choice.h"
#include "dem/learn/scored_fold.h"

namespace dem {

// Classes of a fold, held out or learned from, that it takes to judge by: of a single class every
// image is right among its kind, whatever was learned.
inline constexpr Index kFewestOfFold = 2;

// Folds that it takes to choose settings by.
inline constexpr std::size_t kFewestFolds = 2;

// Classes with images.
[[nodiscard]] Index num_learned(const ClassStatistics& statistics);

[[nodiscard]] bool can_judge(const ScoredFold& fold);

// Seen classes that it takes to choose a gamma by folds: four of them then hold out two each.
// Measured below it, by recipes that choose gamma for settings that they have, it is worse than
// none (docs/recipes.md, "Gamma").
inline constexpr Index kFewestForGamma = 8;

// What is wanted, or none where it is to be chosen and there are too few seen classes.
[[nodiscard]] GammaChoice gamma_for(const GammaChoice& wanted, Index num_seen_classes);
// The same, with a warning of the log where it is none therefore.
[[nodiscard]] GammaChoice logged_gamma_for(const GammaChoice& wanted, Index num_seen_classes);

// What settings are judged at: a gamma that a model will have; nothing where it is to be chosen.
[[nodiscard]] std::optional<double> given_gamma(const GammaChoice& wanted);

}  // namespace dem
