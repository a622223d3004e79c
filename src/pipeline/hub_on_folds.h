// Hub correction of a recipe that learns at once: how much of it, and of what.
#pragma once

#include "dem/learn/family.h"

namespace dem {

// Puts a correction of this weight (0: none) into what was learned from statistics of images
// through the recipe's base. The bank is the means of the classes with images as the feature map
// takes them; the tenth of them that are nearest count, at least one.
void correct_hubs(Learned& learned, const ClassStatistics& statistics, double weight);

// The recipe with all settings, and the weight of its hub correction, as `facts` says they came to.
[[nodiscard]] Recipe settled_with_hubs(const Recipe& recipe, const Provenance& facts);

// Corrects hubs as the recipe wants it, and notes the weight in the facts. One that is to be chosen
// is the one with the best mean of T1, and H at a gamma chosen as the model's (without images of
// seen classes T1 alone), over the scored folds that one can judge by, of 0 .. 1; 0 where none is
// clearly better. Whether it was chosen. All ranks of a group call it and learn alike.
bool take_hub_correction(Learned& learned, const Recipe& recipe, const LearningData& data);

}  // namespace dem
