// Class maps of several models side by side, whose one score is the weighted sum of theirs.
#pragma once

#include <vector>

#include "dem/base/types.h"
#include "dem/model/comparison.h"
#include "dem/model/prototypes.h"

namespace dem {

class ClassMap;
struct ClassTable;

// How a member's score enters the sum.
struct SummedScore {
  Metric metric = Metric::kEuclidean;  // the member's own comparison
  float weight = 1.0f;                 // w, finite and above 0
  // c, [prototype_dim], or empty for 0: a point in the midst of the member's prototypes. Of
  // distances that are summed with products alone.
  std::vector<float> centre = {};
};

// With x_m a feature as member m maps it, p_mj its prototype of class j and o_mj its offset:
//   s_j = sum over m of w_m (comparison_m(x_m, p_mj) + o_mj)
// Where all compare by distance, s_j is minus a squared distance,
//   -|z - q_j|^2 + sum w_m o_mj,   z, q_j = (sqrt(w_m) x_m), (sqrt(w_m) p_mj) side by side.
// Else it is a dot product z.q_j with an offset, member by member
//   dot:        z = x       q = w p
//   cosine:     z = x/|x|   q = w p/|p|
//   euclidean:  z = x - c   q = 2 w (p - c), offset -w |p - c|^2
// and a distance lacks w |x - c|^2, a number of the image that all classes share: neither ranks nor
// probabilities change. The features' side of it is fold_members() in dem/model/ensemble.h.
struct MapsSideBySide {
  std::vector<ClassMap> maps;        // of any kind but this one; at least one
  std::vector<SummedScore> members;  // one a map

  // The comparison of the sum: kEuclidean where all members' is, else kDot.
  [[nodiscard]] Metric metric() const;
  [[nodiscard]] MapsSideBySide clone() const;
  // The sum of the maps'.
  [[nodiscard]] Index prototype_dim() const;
  // q_j [num_classes, prototype_dim], with offsets where any member has some or there are distances
  // among products. Throws as ClassMap::mapped().
  [[nodiscard]] Prototypes mapped(const ClassTable& classes) const;
};

}  // namespace dem
