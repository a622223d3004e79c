// How much each of several semantic spaces counts, found on held-out seen classes.
#pragma once

#include <vector>

#include "dem/learn/family.h"

namespace dem {

struct FoundWeights {
  std::vector<double> weights;     // [spaces] of the table, at least 0, sum 1
  double rank = 0.0;               // mean reciprocal rank of them,
  double equal_rank = 0.0;         // of equal weights,
  std::vector<double> alone = {};  // [spaces] and of each space alone
  std::size_t num_folds = 0;       // 0: nothing to choose by, the weights are equal
};

// Of a table of several spaces, by the mean reciprocal rank of held-out classes' images by kernel
// ridge regression of the weighted sum in the whitened space: from equal weights and the kernel
// (linear, centred or quartic) and ridge that are best for them on, a share of each space is tried
// in turn, the others keeping their proportions, then kernel and ridge again. Equal weights stay
// unless others are clearly better (clear_gain.h). Above 5,000 seen classes they are equal: what is
// tried keeps a matrix of all classes. A space in which all classes have the same direction has
// weight 0.
[[nodiscard]] FoundWeights find_space_weights(const LearningData& data);

}  // namespace dem
