// Which images scored folds take: draws that depend on seed, repeat, and the order of the images,
// and not on ranks or threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dem/base/types.h"

namespace dem {

inline constexpr Index kMostScoredFolds = 4;     // where there are as many classes
inline constexpr Index kMostScoredRows = 3000;   // of a kind and a fold at most
inline constexpr Index kLeastScoredClasses = 3;  // seen ones with images: one held out leaves two

// A repeat of scored folds.
struct ScoredRepeat {
  std::uint64_t seed;
  Index repeat;  // from 0
};

// `classes` dealt into folds, min(kMostScoredFolds, their number): shuffled, then round robin. Fold
// 0 for all others. [num_classes]
[[nodiscard]] std::vector<Index> deal_classes(ScoredRepeat of,
                                              std::vector<ClassId> classes,
                                              Index num_classes);

// About a fifth of the images of these labels [n]: true for each that is spared. A class of which
// all counts[c] images would be spared keeps all.
[[nodiscard]] std::vector<bool> spare_images(ScoredRepeat of,
                                             std::span<const ClassId> labels,
                                             std::span<const Index> counts);

// Numbers of images, ascending, at most kMostScoredRows of each kind, drawn without replacement.
struct ScoredRows {
  std::vector<Index> unseen;  // of the fold's classes
  std::vector<Index> seen;    // of other classes, spared
};

// A fold's, for every fold in turn.
[[nodiscard]] std::vector<ScoredRows> choose_scored_rows(ScoredRepeat of,
                                                         std::span<const ClassId> labels,
                                                         const std::vector<bool>& spared,
                                                         std::span<const Index> fold_of_class,
                                                         Index num_folds);

}  // namespace dem
