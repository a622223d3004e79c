// A number off the score of each class, against hubs, for a class map of any kind.
#pragma once

#include <string>
#include <vector>

#include "dem/model/comparison.h"
#include "dem/model/kernel_map.h"

namespace dem {

// Prototypes near to many images that are not theirs are hubs (Radovanovic et al., JMLR 2010;
// Dinu et al., ICLR 2015, workshop). The bank is made of training images alone, their classes'
// means, so that no test image and no other query has a part in it:
//   b_j = mean of the h largest comparison(bank_i, p_j),   offset_j -= weight b_j
// which is the term for classes of CSLS (Conneau et al., ICLR 2018, eq. 3), whose factor of the
// comparison is 2 where the weight here is 1/2. Of classes without scales and offsets of their own,
// whose scores the comparisons are.
struct HubCorrection {
  Metric metric = Metric::kEuclidean;  // the model's comparison
  HubTerm term;  // `seen`: the bank [S, prototype_dim], as features are mapped, of any length

  [[nodiscard]] HubCorrection clone() const;
  // weight b_j of prototypes [n, prototype_dim].
  [[nodiscard]] std::vector<double> of(MatrixView<const float> prototypes) const;
  // "0.3 x nearness to 8 of 82 classes"
  [[nodiscard]] std::string to_string() const;
};

}  // namespace dem
